import { randomBytes } from 'node:crypto'
import { stringify } from 'yaml'
import type { Answers } from './answers.ts'

export const ETC = '/etc/letterbox'
export const DATA = '/var/lib/letterbox'
export const PROXY = '/var/lib/letterbox-proxy'
/** network of web program, registry and proxy in docker-compose.yml */
const SUBNET = '172.31.251.0/24'

/** The first config: small, and good. */
export function configText(answers: Answers): string {
  const { host, registry, repository } = answers
  const config = {
    server: { url: `https://${host}`, trustedProxies: [SUBNET] },
    ...(registry ? { registries: { main: registryEntry(host) } } : {}),
    repositories: repository === null ? {} : { [repository]: repositoryEntry(answers, repository) },
  }
  return `${HEAD}\n${stringify(config, { lineWidth: 0 })}`
}

const HEAD = `# What Letterbox does here. 'letterbox check' says what is wrong; the running programs take a good file at once.
# Every key: docs/configuration.md. A commented sample: config/config.yaml of the project.`

const registryEntry = (host: string) => ({
  address: host,
  username: 'ci',
  password: { file: `${ETC}/registry-password` },
})

function repositoryEntry({ registry }: Answers, repository: string): object {
  const image = repository.split('/').slice(1).join('/').toLowerCase()
  const push = { push: { registry: 'main', tags: ['latest', '{{ shortCommit }}'] } }
  return {
    secret: { file: webhookSecretFile(repository) },
    triggers: [{ on: 'push', branches: ['main'], steps: [{ build: { image } }, ...(registry ? [push] : [])] }],
  }
}

/** Readable to the web program's group; one file for each repository. */
export function webhookSecretFile(repository: string): string {
  return `${ETC}/webhook-secrets/${repository.toLowerCase().replaceAll(/[^a-z0-9.-]/g, '_')}`
}

/** What docker-compose.yml reads. */
export function composeEnvironment({ host, mail, registry, localCa, webGid }: Answers): string {
  const profiles = [...(registry ? ['registry'] : []), localCa ? 'local-ca' : 'acme']
  const variables = {
    COMPOSE_PROJECT_NAME: 'letterbox',
    COMPOSE_PROFILES: profiles.join(','),
    LETTERBOX_HOST: host,
    LETTERBOX_MAIL: mail ?? '',
    LETTERBOX_WEB_GID: String(webGid),
    LETTERBOX_SUBNET: SUBNET,
  }
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`)
  return `# written by letterbox setup, read by docker-compose.yml\n${lines.join('')}`
}

export function environmentFile(program: string, variables = ''): string {
  return `# environment of ${program}: one NAME=value a line, for secrets that the config names as { env: NAME }\n${variables}`
}

export const freshSecret = (): string => `${randomBytes(32).toString('hex')}\n`
