import type { Event } from '../../job/event.ts'
import type { Cli } from '../cli.ts'
import { count } from '../print/count.ts'
import { plain } from '../print/plain.ts'
import type { Explanation } from './explain-event.ts'

/** An explanation as people read it: each trigger, and for those that do not match the conditions that failed. */
export function explanationText(explanation: Explanation, cli: Cli): string {
  const { colors } = cli
  const title = colors.bold(plain(titleOf(explanation.event)))
  const entry = explanation.key === null ? [] : [colors.dim(`  entry ${explanation.key}`)]
  const verdicts = explanation.triggers.flatMap((trigger) => verdictLines(trigger, cli))
  return `${[title, ...entry, ...verdicts, endOf(explanation, cli)].join('\n')}\n`
}

function titleOf({ type, repository, branch, tag, changedFiles }: Event): string {
  const ref = tag === null ? `branch ${branch}` : `tag ${tag}`
  const files = changedFiles === null ? '' : ` (${count(changedFiles.length, 'changed file')})`
  return `${type} of ${ref} in ${repository.host}/${repository.path}${files}`
}

function verdictLines({ name, matches, conditions, steps }: Explanation['triggers'][number], cli: Cli): string[] {
  const { colors } = cli
  if (matches) {
    const list = steps.map((step) => (step.name === step.action ? step.action : `${step.action} (${step.name})`))
    return [`  ${colors.green('yes')}  ${plain(name)}`, `       steps: ${plain(list.join(', '))}`]
  }
  const failed = conditions.filter(({ met }) => !met)
  return [
    `  ${colors.red('no')}   ${plain(name)}`,
    ...failed.map(({ condition, wanted, value }) => `       ${condition}: wants ${plain(wanted)}, is ${plain(value)}`),
  ]
}

function endOf({ starts, because }: Explanation, cli: Cli): string {
  if (starts.length === 0) return `${cli.colors.yellow('Nothing starts:')} ${plain(because ?? 'no trigger matches')}.`
  return `${cli.colors.green(`Starts ${count(starts.length, 'run')}:`)} ${plain(starts.join(', '))}.`
}
