import { randomUUID } from 'node:crypto'
import type { ContainerCreateOptions } from 'dockerode'
import type { SiteStart, SiteVolume } from '../../site-engine.ts'
import { siteLabels, siteName } from './site-labels.ts'
import { startNetwork } from './site-networks.ts'

const PIDS = 4096

/** What the engine is asked to make for a site. `unset` are variables of the image that the container must not have. */
export function siteContainer(
  request: SiteStart,
  made: { instance: string; unset: string[] },
): ContainerCreateOptions & { name: string } {
  return {
    name: siteName(request.host, randomUUID().slice(0, 8)),
    Image: request.imageId,
    Env: [...made.unset, ...Object.entries(request.env).map(([name, value]) => `${name}=${value}`)],
    Labels: siteLabels(made.instance, request),
    // nginx-proxy takes VIRTUAL_PORT only where the container exposes it
    ExposedPorts: { [`${request.port}/tcp`]: {} },
    HostConfig: {
      ...(request.memoryBytes !== null && { Memory: request.memoryBytes, MemorySwap: request.memoryBytes }),
      PidsLimit: PIDS,
      SecurityOpt: ['no-new-privileges'],
      RestartPolicy: { Name: 'no' },
      NetworkMode: startNetwork(request.network),
      Mounts: request.volumes.map((volume) => mount(volume, request.host)),
      // bounded: a site runs for months
      LogConfig: { Type: 'json-file', Config: { 'max-size': '10m', 'max-file': '3' } },
    },
  }
}

function mount({ kind, source, target, readOnly }: SiteVolume, host: string) {
  const common = { Source: source, Target: target, ReadOnly: readOnly }
  if (kind === 'host') return { ...common, Type: 'bind' as const }
  return {
    ...common,
    Type: 'volume' as const,
    VolumeOptions: {
      NoCopy: false,
      Labels: { 'dev.letterbox.volume-of': host },
      DriverConfig: { Name: 'local', Options: {} },
    },
  }
}
