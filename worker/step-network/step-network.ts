import { readFileSync } from 'node:fs'
import type { StepNetwork as Wanted } from '../../config/schema/host.ts'
import type { NetworkProtection } from '../../job/worker-state.ts'
import type { Applied } from './firewall.ts'
import type { Barrier, Family } from './firewall-plan.ts'

/** Where steps on `network: bridge` run. */
export type StepNetwork = {
  /** The engine's network for the next step, its barrier up as far as this machine lets it.
   *  @throws EngineFailed, EngineUnavailable */
  name(): Promise<string>
  /** as last seen; null before the first look */
  protection(): NetworkProtection | null
  /** Takes the barrier down: no step runs any more. */
  close(): Promise<void>
}

export type StepNetworkDeps = {
  wanted(): Wanted
  /** of this installation */
  id: string
  engine: { open(): Promise<{ name: string; bridge: string }>; defaultBridge(): Promise<string | null> }
  firewall: {
    raise(barrier: Barrier, family: Family): Promise<Applied>
    remove(id: string, family: Family): Promise<Applied>
  }
  changed(): void
  log: { info(facts: object, message: string): void; warn(facts: object, message: string): void }
}

const DEFAULT = 'bridge'

/** Opens the steps' network anew for each step: somebody may have flushed the firewall meanwhile. What cannot be
 *  protected still runs, and everybody is told: the log at each change, `worker.json`, `letterbox doctor`. */
export function createStepNetwork(deps: StepNetworkDeps): StepNetwork {
  let seen: NetworkProtection | null = null
  let turn: Promise<unknown> = Promise.resolve()

  async function open(): Promise<string> {
    const wanted = deps.wanted()
    if (!wanted.protect) {
      if (seen?.state !== 'off') await lower()
      tell({ state: 'off', why: 'worker.network.protect is false' })
      return DEFAULT
    }
    const network = await deps.engine.open()
    tell(await protect(network.bridge, wanted))
    return network.name
  }

  async function protect(bridge: string, wanted: Wanted): Promise<NetworkProtection> {
    if (!isHere(bridge)) return { state: 'missing', why: 'the engine runs on another machine than the worker' }
    const metadataOnly = wanted.defaultBridge ? await deps.engine.defaultBridge() : null
    const barrier = { id: deps.id, bridge, metadataOnly, allow: wanted.allow }
    const ipv4 = await deps.firewall.raise(barrier, 'ipv4')
    // containers of this network have no IPv6 of their own: without ip6tables nothing is open
    await deps.firewall.raise(barrier, 'ipv6')
    return ipv4.ok ? { state: 'in-force', why: null } : { state: 'missing', why: ipv4.why }
  }

  async function lower(): Promise<void> {
    await deps.firewall.remove(deps.id, 'ipv4')
    await deps.firewall.remove(deps.id, 'ipv6')
  }

  function tell(now: NetworkProtection): void {
    if (seen?.state === now.state && seen.why === now.why) return
    seen = now
    if (now.state === 'missing')
      deps.log.warn({ why: now.why }, 'steps are not kept from this machine and from cloud metadata addresses')
    else deps.log.info({ state: now.state }, 'network of steps')
    deps.changed()
  }

  return {
    name() {
      const opened = turn.then(open)
      turn = opened.catch(() => {})
      return opened
    },
    protection: () => seen,
    async close() {
      await turn
      if (seen !== null && seen.state !== 'off') await lower()
    },
  }
}

/** Interfaces of the network namespace that this process is in. @see proc_pid_net(5) */
function isHere(bridge: string): boolean {
  return readFileSync('/proc/self/net/dev', 'utf8')
    .split('\n')
    .some((line) => line.trim().startsWith(`${bridge}:`))
}
