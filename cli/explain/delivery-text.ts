import type { Run } from '../../job/run.ts'
import type { JobRecord } from '../../job/store-port.ts'
import type { Cli } from '../cli.ts'
import { plain } from '../print/plain.ts'
import { stateColor } from '../print/state.ts'
import { at } from '../print/time.ts'
import type { Explanation } from './explain-event.ts'
import { explanationText } from './explanation-text.ts'

export type DeliveryFacts = { record: JobRecord; runs: Run[]; events: Explanation[] }

/** What became of a delivery or a request, and how the config judges its events. */
export function deliveryText({ record, runs, events }: DeliveryFacts, cli: Cli): string {
  const { colors } = cli
  const lines = [
    colors.bold(plain(titleOf(record))),
    `  ${colors.dim('received')} ${at(record.receivedAt, cli.now())}`,
    `  ${colors.dim('job')}      ${record.id}`,
    ...becameOf(record, runs, cli).map((line) => `  ${line}`),
  ]
  if (events.length > 0) lines.push('', colors.dim('By the config as it is now:'))
  return `${lines.join('\n')}\n${events.map((event) => explanationText(event, cli)).join('\n')}`
}

function titleOf({ forge, delivery, request, source }: JobRecord): string {
  if (request !== null) return `${request.kind}, asked for by ${request.by} (${source})`
  return `delivery ${delivery} from ${forge}`
}

function becameOf({ duplicateOf, because }: JobRecord, runs: Run[], cli: Cli): string[] {
  const { colors } = cli
  const lines = runs.map((run) => {
    const state = stateColor(colors, run.state)(run.state)
    return `${colors.dim('started')}  ${plain(`${run.repository}#${run.number}`)}  ${plain(run.trigger)}  ${state}`
  })
  if (duplicateOf !== null) lines.push(`${colors.yellow('repeats')}  ${duplicateOf}: nothing was started again`)
  if (because !== null) lines.push(`${colors.yellow('because')}  ${plain(because)}`)
  return lines
}
