import { type ConfigResult, loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { certificatePlaces } from './certificate-places.ts'
import type { Check } from './check.ts'
import { checkCertificate } from './check-certificate.ts'
import { checkConfig } from './check-config.ts'
import { checkDisk } from './check-disk.ts'
import { checkEngine } from './check-engine.ts'
import { checkFolders } from './check-folders.ts'
import { checkGit } from './check-git.ts'
import { checkNetwork } from './check-network.ts'
import { checkRegistry } from './check-registry.ts'
import { checkSecrets } from './check-secrets.ts'
import { checkSmtp } from './check-smtp.ts'
import { checkWebBounds } from './check-web-bounds.ts'
import { checkWebUser } from './check-web-user.ts'
import { checkWorker } from './check-worker.ts'
import { withinLimit } from './within-limit.ts'

type Patient = { configFile: string; data: string; env: Record<string, string | undefined>; now: Date; limitMs: number }

/** All checks, at the same time, each within the limit. Those that need the config are left out while it is refused. */
export async function examine(patient: Patient): Promise<Check[]> {
  const { configFile, data, now, limitMs } = patient
  const result = await loadConfig(configFile)
  const probes: [string, () => Promise<Check>][] = [
    ['config', async () => checkConfig(configFile, result)],
    ...(result.kind === 'ok' ? configProbes(result.config, patient) : []),
    ['engine', () => checkEngine(limitMs)],
    ['git', () => checkGit(limitMs)],
    ['folders', () => checkFolders(data)],
    ['web user', () => checkWebUser(data)],
    ['web program', () => checkWebBounds({ data, url: urlOf(result), signal: AbortSignal.timeout(limitMs) })],
    ['disk', () => checkDisk(data)],
    ['worker', () => checkWorker(data, now)],
    ['network', () => checkNetwork(data, now)],
  ]
  return Promise.all(probes.map(([name, probe]) => withinLimit(name, limitMs, probe)))
}

function urlOf(result: ConfigResult): string | undefined {
  return result.kind === 'ok' ? result.config.server.url : undefined
}

function configProbes(config: Config, patient: Patient): [string, () => Promise<Check>][] {
  const { mail, registries } = config
  const probes: [string, () => Promise<Check>][] = [['secrets', async () => checkSecrets(config, patient.env)]]
  for (const [key, registry] of Object.entries(registries)) {
    probes.push([`registry ${key}`, () => checkRegistry(key, registry, patient)])
  }
  for (const place of certificatePlaces(config)) {
    probes.push([`certificate ${place.host}`, () => checkCertificate(place, patient)])
  }
  if (mail !== undefined) probes.push(['mail', () => checkSmtp(mail, patient)])
  return probes
}
