import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { EngineFacts } from '../engine.ts'
import { dialForJson, dialForStream } from './dial.ts'

const Version = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Os: z.string().optional(),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
})

/** Who answers at the engine's address. @throws EngineUnavailable */
export async function readEngineFacts(docker: Dockerode, signal?: AbortSignal): Promise<EngineFacts> {
  const request = { method: 'GET', ...(signal && { signal }) } as const
  const [ping, answer] = await Promise.all([
    dialForStream(docker, { ...request, path: '/_ping' }),
    dialForJson(docker, { ...request, path: '/version' }),
  ])
  ping.resume()
  const version = Version.parse(answer)
  return {
    kind: 'docker',
    version: version.Version,
    apiVersion: version.ApiVersion,
    buildKit: hasBuildKit(version, ping.headers['builder-version']),
  }
}

/** API 1.39 (Docker 18.09) and newer carry BuildKit. `Builder-Version: 1` says that the operator turned it off;
 *  engines before 23.0 do not send the header, and Podman speaks the API without having the builder. */
export function hasBuildKit(version: z.infer<typeof Version>, builderVersion: string | string[] | undefined): boolean {
  if (builderVersion !== undefined) return builderVersion === '2'
  const podman = version.Components?.some((component) => component.Name.startsWith('Podman')) ?? false
  const [major = 0, minor = 0] = version.ApiVersion.split('.').map(Number)
  return !podman && version.Os !== 'windows' && (major > 1 || minor >= 39)
}
