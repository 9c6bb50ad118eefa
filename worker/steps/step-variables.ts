import { renderTemplate, type TemplateVariables, templateVariables } from '../../config/template.ts'
import type { StepContext } from './executor.ts'

/** What the templates of a step may say. */
export function stepVariables({ facts }: Pick<StepContext, 'facts'>): TemplateVariables {
  return templateVariables({ event: facts.event, commit: facts.commit, runNumber: facts.run.number })
}

/** The same names with their values filled in. @throws TemplateFailed */
export function renderAll(
  templates: Record<string, string>,
  context: Pick<StepContext, 'facts'>,
): Record<string, string> {
  const variables = stepVariables(context)
  return Object.fromEntries(Object.entries(templates).map(([name, text]) => [name, renderTemplate(text, variables)]))
}
