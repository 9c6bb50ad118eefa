import type { Step } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { build } from './build.ts'
import { deploy } from './deploy.ts'
import type { Executor, StepContext, StepEnd } from './executor.ts'
import { push } from './push.ts'
import { script } from './script.ts'
import { test } from './test.ts'

/** The config may name the action already, but this version does not carry it out. */
export class ActionNotAvailable extends LetterboxError {
  readonly code = 'ACTION_NOT_AVAILABLE'
  readonly fault = 'theirs'

  constructor(action: string) {
    super(`this version of Letterbox does not carry out ${action} steps yet`, {
      hint: `Take the ${action} step out of the trigger, or do it with a script step.`,
    })
  }
}

const notAvailable: Executor<Step> = async ({ action }) => {
  throw new ActionNotAvailable(action)
}

/** One executor for each action; a forgotten one is a compile error. */
const executors: { [A in Step['action']]: Executor<Extract<Step, { action: A }>> } = {
  build,
  test,
  push,
  script,
  deploy,
  site: notAvailable,
}

/** Carries out one step by the executor of its action. */
export function executeStep(step: Step, context: StepContext): Promise<StepEnd> {
  switch (step.action) {
    case 'build':
      return executors.build(step, context)
    case 'test':
      return executors.test(step, context)
    case 'push':
      return executors.push(step, context)
    case 'script':
      return executors.script(step, context)
    case 'deploy':
      return executors.deploy(step, context)
    case 'site':
      return executors.site(step, context)
    default:
      return step satisfies never
  }
}
