import type { Config, Step } from '../../config/schema.ts'
import { renderTemplate } from '../../config/template.ts'
import type { RunFacts } from '../source/source-port.ts'
import { stepVariables } from './step-variables.ts'

/** What a step changes outside that no other step may change at the same time, whatever its trigger, branch or
 *  repository: the environment that it deploys to, the host name that it serves. Most steps change nothing such.
 *  @throws TemplateFailed, as the step itself will */
export function exclusiveKeys(step: Step, context: { facts: RunFacts; config: Pick<Config, 'aws'> }): string[] {
  const fill = (template: string) => renderTemplate(template, stepVariables(context))
  switch (step.action) {
    case 'deploy': {
      const { to, application, environment, region } = step.with
      const where = [region ?? context.config.aws?.region ?? '', fill(application), fill(environment)]
      return [`${to} ${where.filter((part) => part !== '').join('/')}`]
    }
    case 'site':
      return [`site ${fill(step.with.host).toLowerCase()}`]
    case 'build':
    case 'test':
    case 'push':
    case 'script':
      return []
    default:
      return step satisfies never
  }
}
