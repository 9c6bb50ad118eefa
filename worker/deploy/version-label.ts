import { renderTemplate, slug, type TemplateVariables } from '../../config/template.ts'
import { VersionLabelInvalid } from './deploy-errors.ts'

const MAX_CHARS = 100

/** The label of the version to deploy: from the operator's template, by default of tag (or branch) and commit.
 *  @throws TemplateFailed, VersionLabelInvalid */
export function versionLabel(template: string | undefined, variables: TemplateVariables): string {
  return checkVersionLabel(template === undefined ? usual(variables) : renderTemplate(template, variables))
}

/** @see Elastic Beanstalk API reference, CreateApplicationVersion: VersionLabel has 1 to 100 characters; the service
 *  refuses `/`. @throws VersionLabelInvalid */
export function checkVersionLabel(label: string): string {
  const why = problemOf(label)
  if (why !== null) throw new VersionLabelInvalid(label, why)
  return label
}

function usual({ version, branch, shortCommit, run }: TemplateVariables): string {
  const named = version ?? branch
  const end = `-${shortCommit ?? run.number}`
  const fits = named !== null && named.length + end.length <= MAX_CHARS && problemOf(named) === null
  return `${fits ? named : slug(named ?? 'run')}${end}`
}

function problemOf(label: string): string | null {
  if (label === '') return 'it is empty'
  if (label.length > MAX_CHARS) return `it has ${label.length} characters`
  if (label.includes('/')) return 'it has a /'
  if (/\p{C}/u.test(label)) return 'it has control characters'
  if (label.trim() !== label) return 'it begins or ends with a blank'
  return null
}
