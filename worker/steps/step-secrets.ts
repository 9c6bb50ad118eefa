import type { SecretRef, StepSecret } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { CANARY_NAME } from '../secrets/run-secrets.ts'
import type { StepContext } from './executor.ts'

export class SecretNotDeclared extends LetterboxError {
  readonly code = 'SECRET_NOT_DECLARED'
  readonly fault = 'theirs'

  constructor(name: string, repositoryKey: string) {
    super(`the step names the secret "${name}", which ${repositoryKey} does not have`, {
      hint: `Add it to the repository's \`secrets\`, as \`${name}: { env: NAME }\` or \`${name}: { file: path }\`.`,
    })
  }
}

/** The secrets of a step, by how they are handed over. */
export type Handed = {
  environment: Record<string, string>
  files: { name: string; path: string; content: string }[]
  /** BuildKit mount id → content */
  mounts: Record<string, string>
}

type Context = Pick<StepContext, 'repository' | 'repositoryKey' | 'secret' | 'secrets' | 'io'>
type Wanted = StepSecret & { reference: SecretRef }

/** The secrets of a step, resolved now and each told to the run log, which masks it; with them goes the run's canary.
 *  Nothing at all where the run's sender is not trusted with secrets: the step runs without, and the log says so.
 *  @throws SecretNotDeclared, SecretMissing, SecretEmpty */
export function handSecrets(secrets: (string | StepSecret)[] | Record<string, SecretRef>, context: Context): Handed {
  const handed: Handed = { environment: {}, files: [], mounts: {} }
  const wanted = wantedSecrets(secrets, context)
  if (wanted.length === 0) return handed
  const { withheld, canary } = context.secrets
  if (withheld !== null) {
    context.io.say(`the step runs without its secrets (${wanted.map(({ name }) => name).join(', ')}): ${withheld}`)
    return handed
  }
  const values = wanted.map((secret) => ({ ...secret, value: context.secret(secret.reference) }))
  context.secrets.hand(values)
  for (const { name, value, env, file, id } of values) {
    handed.mounts[id ?? name] = value
    if (file === undefined) handed.environment[env ?? name] = value
    else handed.files.push({ name, path: file, content: value })
  }
  handed.mounts[CANARY_NAME] = canary
  handed.environment[CANARY_NAME] = canary
  return handed
}

/** The variable that holds a file's path, by the custom of many images. */
export function fileVariable(name: string): string {
  return `${name}_FILE`
}

function wantedSecrets(secrets: Parameters<typeof handSecrets>[0], context: Context): Wanted[] {
  if (!Array.isArray(secrets)) return Object.entries(secrets).map(([name, reference]) => ({ name, reference }))
  return secrets
    .map((item): StepSecret => (typeof item === 'string' ? { name: item } : item))
    .map((item) => ({ ...item, reference: declared(item.name, context) }))
}

function declared(name: string, { repository, repositoryKey }: Context): SecretRef {
  const reference = Object.hasOwn(repository.secrets, name) ? repository.secrets[name] : undefined
  if (reference === undefined) throw new SecretNotDeclared(name, repositoryKey)
  return reference
}
