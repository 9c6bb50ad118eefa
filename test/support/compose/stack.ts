import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../..', import.meta.url))

export type Stack = {
  project: string
  variables: Record<string, string>
  compose(...args: string[]): Promise<string>
  /** id of the container of a service */
  container(service: string): Promise<string>
  down(): Promise<void>
}

/** The compose file of the project as a project of its own, with the variables of an .env file. */
export function composeStack(options: {
  folder: string
  engineHost: string
  variables: Record<string, string>
}): Stack {
  const project = `letterbox-test-${randomUUID().slice(0, 8)}`
  const envFile = join(options.folder, 'compose.env')
  const variables: Record<string, string> = {
    COMPOSE_PROJECT_NAME: project,
    LETTERBOX_SITES_NETWORK: `${project}-sites`,
    ...options.variables,
  }
  writeFileSync(envFile, envText(variables))
  const compose = async (...args: string[]) => {
    const all = ['--env-file', envFile, '--file', join(ROOT, 'docker-compose.yml'), '--project-name', project, ...args]
    // the classic builder, which needs no plugin
    const env = { PATH: process.env.PATH, HOME: options.folder, DOCKER_HOST: options.engineHost, DOCKER_BUILDKIT: '0' }
    const { stdout, stderr } = await promisify(execFile)('docker-compose', all, { env, maxBuffer: 16 * 1024 * 1024 })
    return `${stdout}${stderr}`
  }
  return {
    project,
    variables,
    compose,
    container: async (service) => (await compose('ps', '-q', service)).trim(),
    down: async () => {
      await compose('--profile', 'registry', '--profile', 'acme', '--profile', 'local-ca', 'down', '-v', '-t', '2')
    },
  }
}

function envText(variables: Record<string, string>): string {
  return Object.entries(variables)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

/** An own engine leaves the host's firewall alone (see own-engine.ts). Where that firewall looks at bridged packets and
 *  drops what it does not know, containers of one network would not hear each other. Returns what takes the rules away. */
export async function letTalk(bridges: string[]): Promise<() => Promise<void>> {
  const rules = bridges.map((bridge) => ['FORWARD', '-i', bridge, '-o', bridge, '-j', 'ACCEPT'])
  const change = async (verb: string) => {
    for (const rule of rules) await promisify(execFile)('iptables', ['-w', verb, ...rule], { env: SBIN_TOO })
  }
  await change('-I')
  return () => change('-D')
}

const SBIN_TOO = { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }
