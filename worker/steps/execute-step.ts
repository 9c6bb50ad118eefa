import type { Step } from '../../config/schema.ts'
import type { StepSites } from '../sites/create-sites.ts'
import { build } from './build.ts'
import { deploy } from './deploy.ts'
import type { Executor, StepContext, StepEnd } from './executor.ts'
import { push } from './push.ts'
import { script } from './script.ts'
import { siteExecutor } from './site.ts'
import { test } from './test.ts'

/** One executor for each action; a forgotten one is a compile error. */
type Executors = { [A in Step['action']]: Executor<Extract<Step, { action: A }>> }

/** Carries out one step by the executor of its action. */
export type ExecuteStep = (step: Step, context: StepContext) => Promise<StepEnd>

export function createExecuteStep({ sites }: { sites: StepSites }): ExecuteStep {
  const executors: Executors = { build, test, push, script, deploy, site: siteExecutor(sites) }
  return (step, context) => {
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
}
