import type { ContainerInfo, ContainerInspectInfo } from 'dockerode'
import type { SiteContainer, SiteFacts, SiteSpec } from '../../site-engine.ts'
import { readSiteLabels } from './site-labels.ts'
import { startNetwork } from './site-networks.ts'

type Networks = Record<string, { IPAddress?: string }>

/** A site as a list of containers shows it; null for a container that is none of ours. */
export function listedSite({ Id, Labels, Names, State, NetworkSettings }: ContainerInfo): SiteContainer | null {
  const facts = readSiteLabels(Labels, Names)
  if (facts === null) return null
  return {
    ...site(facts, NetworkSettings.Networks),
    id: Id,
    state: State,
    running: State === 'running',
    exitCode: null,
  }
}

export function inspectedSite({
  Id,
  Name,
  Config,
  State,
  NetworkSettings,
}: ContainerInspectInfo): SiteContainer | null {
  const facts = readSiteLabels(Config.Labels, [Name])
  if (facts === null) return null
  const running = State.Running && !State.Restarting
  const exitCode = running ? null : State.ExitCode
  return { ...site(facts, NetworkSettings.Networks), id: Id, state: State.Status, running, exitCode }
}

function site(facts: SiteFacts, networks: Networks) {
  return {
    ...facts,
    exposed: Object.hasOwn(networks, facts.network),
    startAddress: networks[startNetwork(facts.network)]?.IPAddress || null,
    proxyAddress: networks[facts.network]?.IPAddress || null,
  }
}

/** What a container was started with beside its image. The engine tells the environment of both in one list, so what the
 *  image says alike is taken to be the image's. */
export function specOf({ Config, HostConfig }: ContainerInspectInfo, imageEnv: readonly string[]): SiteSpec {
  const own = Config.Env.filter((entry) => entry.includes('=') && !imageEnv.includes(entry))
  return {
    env: Object.fromEntries(
      own.map((entry): [string, string] => [nameOf(entry), entry.slice(nameOf(entry).length + 1)]),
    ),
    volumes: (HostConfig.Mounts ?? []).map(({ Type, Source, Target, ReadOnly }) => ({
      kind: Type === 'bind' ? ('host' as const) : ('named' as const),
      source: Source,
      target: Target,
      readOnly: ReadOnly ?? false,
    })),
    memoryBytes: HostConfig.Memory || null,
  }
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf('='))
}
