import { type Command, InvalidArgumentError, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { requireEntry } from '../explain/find-entry.ts'
import { followRuns } from '../logs/follow-runs.ts'
import { readConfig } from '../read-config.ts'
import { type AskOptions, ask } from '../request/ask.ts'
import { requestJob } from '../request/request-job.ts'
import { tellAsked } from '../request/tell-asked.ts'
import { who } from '../request/who.ts'
import { UsageError } from '../usage-error.ts'

type TriggerOptions = {
  branch?: string
  tag?: string
  commit?: string
  rollback?: boolean
  follow?: boolean
} & AskOptions

/** `letterbox trigger` */
export function addTrigger(program: Command, cli: Cli): void {
  program
    .command('trigger')
    .summary('run what a push of a branch or tag would run')
    .description(
      'Asks the worker to run what a push of this branch or tag would run, at the commit that the remote has now. ' +
        '`paths` and [skip ci] do not hold it back. Run it as the user that the worker runs as.',
    )
    .argument('<repository>', 'host/path, as in the config')
    .option('--branch <branch>', 'branch to run')
    .addOption(new Option('--tag <tag>', 'tag to run').conflicts('branch'))
    .addOption(new Option('--commit <id>', 'a commit of that branch, in full (40 hex digits)').argParser(readCommit))
    .option('--rollback', 'deploys may go back to an older commit than the one that is live')
    .option('-f, --follow', 'follow the log of what starts')
    .option('--no-wait', 'do not wait until the worker has taken it')
    .addOption(new Option('--json', 'print {"job":…,"recorded":…,"runs":[…],"because":…}').conflicts('follow'))
    .addHelpText('after', EXAMPLES)
    .action(carryOut<TriggerOptions>(cli, (options, repository = '') => trigger(cli, options, repository)))
}

async function trigger(cli: Cli, options: TriggerOptions, repository: string): Promise<ExitCode> {
  const { branch = null, tag = null, commit = null } = options
  if (branch === null && tag === null) {
    throw new UsageError(`Which branch or tag of ${repository}?`, {
      hint: `letterbox trigger ${repository} --branch main`,
    })
  }
  requireEntry(await readConfig(options.config), repository)
  const { rollback } = options
  const request = { kind: 'trigger', by: who(cli.env), repository, branch, tag, commit } as const
  const job = requestJob({ ...request, ...(rollback && { rollback }) }, cli.now())
  const asked = await ask(cli, options, job)
  const exitCode = tellAsked(cli, options.json, asked)
  if (!options.follow) return exitCode
  return (await followRuns(cli, options, asked.runs)) ? exitCode : 1
}

function readCommit(text: string): string {
  if (/^[0-9a-f]{40}$/.test(text)) return text
  throw new InvalidArgumentError("A commit is given in full, 40 hex digits: 'git rev-parse main' prints it.")
}

const EXAMPLES = `
Examples:
  $ letterbox trigger github.com/acme/shop --branch main --follow
  $ letterbox trigger github.com/acme/shop --tag v1.4.2
  $ letterbox trigger github.com/acme/shop --tag v1.4.1 --rollback
  $ letterbox trigger github.com/acme/shop --branch main --json | jq -r '.runs[].id'

Exit codes: 0 handed over (and started, if the worker runs), 1 the worker starts nothing, and says why;
with --follow also 1 when a run does not succeed.
`
