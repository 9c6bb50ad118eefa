import type { Config, SecretRef } from '../config/schema.ts'
import { describeSecret } from '../config/secret.ts'
import type { Candidate } from '../forge/known/intake.ts'
import { errorFacts } from '../job/letterbox-error.ts'
import type { Log } from './log.ts'

type Deps = { resolve(ref: SecretRef): string; log: Log }

export type Candidates = {
  /** every repository with the secrets it has at this moment */
  of(config: Config): Candidate[]
  /** references that could not be resolved the last time, as text for the operator */
  unresolved(): string[]
}

/** Resolves webhook secrets at the moment of use. One that cannot be resolved verifies nothing; it is logged when that
 *  changes, not at each delivery, and readiness tells it. */
export function createCandidates({ resolve, log }: Deps): Candidates {
  let unresolved = new Map<string, string>()

  return {
    of(config) {
      const problems = new Map<string, string>()
      const candidates = Object.entries(config.repositories).map(([key, { secret }]) => ({
        key,
        secrets: [secret].flat().flatMap((ref) => {
          try {
            return [resolve(ref)]
          } catch (error) {
            problems.set(describeSecret(ref), errorFacts(error).message)
            return []
          }
        }),
      }))
      report(problems)
      return candidates
    },
    unresolved: () => [...unresolved.keys()],
  }

  function report(problems: Map<string, string>): void {
    for (const [secret, problem] of problems) {
      if (!unresolved.has(secret)) log.error({ secret, problem }, 'a webhook secret is missing: it verifies nothing')
    }
    for (const secret of unresolved.keys()) {
      if (!problems.has(secret)) log.info({ secret }, 'a webhook secret is there again')
    }
    unresolved = problems
  }
}
