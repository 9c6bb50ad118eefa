import type { JobRecord } from '../../job/store-port.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import type { Asked } from './ask.ts'

/** Says which runs a request started, why none, or that it waits. Exit code 1 when the worker starts nothing. */
export function tellAsked(cli: Cli, json: boolean | undefined, { job, record, runs, note }: Asked): ExitCode {
  const because = record?.because ?? null
  if (json) printJson(cli, { job, recorded: record !== null, runs, because })
  else cli.print(inWords({ job, record, runs, note }, cli))
  return record !== null && runs.length === 0 ? 1 : 0
}

function inWords({ job, record, runs, note }: Asked, { colors }: Cli): string {
  if (record === null) return `${note}\nhint: 'letterbox explain ${job}' tells what becomes of it.\n`
  const lines = runs.map((run) => {
    const name = plain(`${run.repository}#${run.number}`)
    return `${colors.green('Queued')} ${name}  ${plain(run.trigger)}  ${colors.dim(run.id)}`
  })
  if (runs.length === 0) {
    lines.push(`${colors.yellow('Nothing starts:')} ${plain(record.because ?? 'no reason was recorded')}.`)
    lines.push(...whereToLook(record.request))
  } else if (record.because !== null) lines.push(plain(record.because))
  return lines.map((line) => `${line}\n`).join('')
}

function whereToLook(request: JobRecord['request']): string[] {
  if (request?.kind !== 'trigger') return []
  const { repository, branch, tag } = request
  const ref = tag === null ? `--branch ${quoted(branch ?? '')}` : `--tag ${quoted(tag)}`
  return [`hint: letterbox explain ${quoted(repository)} ${ref} shows what each trigger waits for.`]
}

/** For pasting into a shell. */
function quoted(word: string): string {
  return /^[\w./:@-]+$/.test(word) ? word : `'${plain(word).replaceAll("'", "'\\''")}'`
}
