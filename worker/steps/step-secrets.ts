import type { SecretRef } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
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

/** The secrets of a step by name, resolved now. Each is told to the run log, which masks it.
 *  @throws SecretNotDeclared, SecretMissing, SecretEmpty */
export function stepSecrets(
  secrets: string[] | Record<string, SecretRef>,
  context: Pick<StepContext, 'repository' | 'repositoryKey' | 'secret'>,
): Record<string, string> {
  const references = Array.isArray(secrets) ? declared(secrets, context) : Object.entries(secrets)
  return Object.fromEntries(references.map(([name, reference]) => [name, context.secret(reference)]))
}

function declared(names: string[], { repository, repositoryKey }: Pick<StepContext, 'repository' | 'repositoryKey'>) {
  return names.map((name): [string, SecretRef] => {
    const reference = Object.hasOwn(repository.secrets, name) ? repository.secrets[name] : undefined
    if (reference === undefined) throw new SecretNotDeclared(name, repositoryKey)
    return [name, reference]
  })
}
