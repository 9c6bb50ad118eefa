import type { Config, Repository, SecretRef, Step, Trigger } from '../../config/schema.ts'
import { describeSecret } from '../../config/secret.ts'
import type { Run, RunPlan } from '../../job/run.ts'
import { createRunSecrets, type RunSecrets } from './run-secrets.ts'
import { withholdSecrets } from './withhold-secrets.ts'

type Facts = { run: Run; plan: RunPlan; config: Config; repository: Repository; trigger: Trigger }
type Deps = {
  canary: string
  resolve(ref: SecretRef): string
  /** keeps it out of the run's log from now on */
  mask(value: string): void
}

/** The secrets of a run, and the way in which it resolves references. Secrets that an earlier life of the worker gave to a
 *  step are known again from the start, so that what it let out is found. */
export function openRunSecrets(facts: Facts, deps: Deps): { secrets: RunSecrets; secret(ref: SecretRef): string } {
  const withheld = withholdSecrets(facts.plan, facts.trigger, facts.config)
  const secrets = createRunSecrets({ withheld, canary: deps.canary })
  deps.mask(deps.canary)
  const secret = (ref: SecretRef) => {
    const value = deps.resolve(ref)
    deps.mask(value)
    secrets.learn({ name: describeSecret(ref), value })
    return value
  }
  if (withheld === null) {
    for (const ref of givenBefore(facts)) {
      try {
        secrets.hand([{ name: describeSecret(ref), value: secret(ref) }])
      } catch {
        // it is gone since: whoever needs it will say so, and it cannot be looked for
      }
    }
  }
  return { secrets, secret }
}

function givenBefore({ run, trigger, repository }: Facts): SecretRef[] {
  return run.steps.flatMap(({ index, state }) => {
    const step = trigger.steps[index]
    return step === undefined || state === 'queued' || state === 'skipped' ? [] : refsOf(step, repository)
  })
}

function refsOf(step: Step, { secrets }: Repository): SecretRef[] {
  if (!('secrets' in step.with)) return []
  const listed = step.with.secrets
  if (!Array.isArray(listed)) return Object.values(listed)
  return listed.flatMap((item) => secrets[typeof item === 'string' ? item : item.name] ?? [])
}

/** The names that a step asks for. */
export function secretNames(step: Step): string[] {
  if (!('secrets' in step.with)) return []
  const listed = step.with.secrets
  if (!Array.isArray(listed)) return Object.keys(listed)
  return listed.map((item) => (typeof item === 'string' ? item : item.name))
}
