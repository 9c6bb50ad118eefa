import { type Command, Option } from 'commander'
import { AuditAction, type AuditEntry } from '../../job/audit.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { type Column, table } from '../print/table.ts'
import { withStore } from '../store/open-store.ts'
import { readLimit } from './runs.ts'

type AuditOptions = { action?: AuditAction; repository?: string; by?: string; limit: number }

/** `letterbox audit` */
export function addAudit(program: Command, cli: Cli): void {
  program
    .command('audit')
    .summary('list what was refused, asked for and let out, newest first')
    .description(
      'Lists what was refused, triggered, retried, canceled and deployed, and secrets that were withheld or found where ' +
        'they do not belong: who, when, from where. Requests that the web program refused are not here, since it can ' +
        'write nothing but job files: they stand in its own log ("refused", with the remote address).',
    )
    .addOption(new Option('--action <action>', 'only these').choices(AuditAction.options))
    .option('--repository <host/path>', 'only of this repository')
    .option('--by <who>', 'only of this login or user@host')
    .addOption(new Option('--limit <number>', 'at most so many').default(50).argParser(readLimit))
    .option('--json', 'print {"audit":[{at,action,by,source,repository,run,job,detail}]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<AuditOptions>(cli, (options) => audit(cli, options)))
}

async function audit(cli: Cli, options: AuditOptions & CommonOptions): Promise<ExitCode> {
  const { action, repository, by, limit } = options
  const found = await withStore(options.data, (store) => store.audit({ action, repository, by, limit }))
  if (options.json) printJson(cli, { audit: found })
  else if (found.length > 0) cli.print(table(columns(cli), found, cli.columns))
  else cli.complain('Nothing fits.\n')
  return 0
}

function columns({ colors }: Cli): Column<AuditEntry>[] {
  const alarming: AuditAction[] = ['refused', 'secrets-withheld', 'secret-leaked']
  return [
    { title: 'WHEN', text: ({ at }) => at },
    {
      title: 'ACTION',
      text: ({ action }) => action,
      paint: (cell, { action }) => (alarming.includes(action) ? colors.yellow(cell) : cell),
    },
    { title: 'BY', text: ({ by }) => by ?? '-', shrinkTo: 8 },
    { title: 'FROM', text: ({ source }) => source ?? '-' },
    { title: 'REPOSITORY', text: ({ repository }) => repository ?? '-', shrinkTo: 12, cut: 'start' },
    { title: 'RUN OR JOB', text: ({ run, job }) => run ?? job ?? '-', shrinkTo: 8 },
    { title: 'WHAT', text: ({ detail }) => detail, shrinkTo: 16 },
  ]
}

const EXAMPLES = `
Examples:
  $ letterbox audit
  $ letterbox audit --action refused --limit 20
  $ letterbox audit --by ada --json | jq -r '.audit[].run'
`
