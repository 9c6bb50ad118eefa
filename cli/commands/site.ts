import { setTimeout } from 'node:timers/promises'
import type { Command } from 'commander'
import { dataFolder } from '../../job/data-folder.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { readSitesState, type SiteAnswer } from '../../job/sites-state.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { type AskOptions, ask } from '../request/ask.ts'
import { requestJob } from '../request/request-job.ts'
import { who } from '../request/who.ts'

type SiteKind = 'site-rollback' | 'site-remove'

/** A site is proven fit before it serves, which may take its image a while. */
const PATIENCE_MS = 120_000
const POLL_MS = 200

/** `letterbox site rollback|remove HOST` */
export function addSite(program: Command, cli: Cli): void {
  const site = program
    .command('site')
    .summary('roll a site back, or take it down')
    .description(DESCRIPTION)
    .addHelpText('after', EXAMPLES)
  addKind(site, cli, {
    ...{ name: 'rollback', kind: 'site-rollback', summary: 'serve the image before' },
    description:
      'Serves the image that the site served before, started as the one of now is. It takes over only when it answers.',
  })
  addKind(site, cli, {
    ...{ name: 'remove', kind: 'site-remove', summary: 'take a site down' },
    description: 'Takes a site down. Its named volumes stay. The next push to its branch makes it anew.',
  })
}

function addKind(
  site: Command,
  cli: Cli,
  { name, kind, summary, description }: { name: string; kind: SiteKind; summary: string; description: string },
): void {
  site
    .command(name)
    .summary(summary)
    .description(description)
    .argument('<host>', 'host name, as `letterbox sites` lists it')
    .option('--no-wait', 'do not wait until it is done')
    .option('--json', 'print {"job":…,"done":…,"message":…}')
    .addHelpText('after', `\nExamples:\n  $ letterbox site ${name} feature-a.dev.example.com\n`)
    .action(carryOut<AskOptions>(cli, (options, host = '') => askForSite(cli, options, { kind, host })))
}

async function askForSite(
  cli: Cli,
  options: AskOptions,
  { kind, host }: { kind: SiteKind; host: string },
): Promise<ExitCode> {
  const site = host.toLowerCase()
  const sites = readSitesState(dataFolder(options.data).sitesState)?.sites ?? []
  if (!sites.some((one) => one.host === site)) throw new SiteUnknown(host)
  const job = requestJob({ kind, by: who(cli.env), host: site }, cli.now())
  const { record, note } = await ask(cli, options, job)
  const answer = record === null || !options.wait ? null : await answered(job.id, options.data)
  const message = answer?.message ?? note ?? 'The worker is at it; `letterbox sites` shows when it is done.'
  if (options.json) printJson(cli, { job: job.id, done: answer?.ok ?? null, message })
  else if (answer?.ok === false) cli.complain(`${cli.errorColors.red('error:')} ${plain(message)}\n`)
  else cli.print(`${plain(message)}\n`)
  return answer?.ok === false ? 1 : 0
}

/** What the worker says in the end; null when our patience has one first. */
async function answered(job: string, data: string): Promise<SiteAnswer | null> {
  const deadline = performance.now() + PATIENCE_MS
  while (performance.now() < deadline) {
    const state = readSitesState(dataFolder(data).sitesState)
    const answer = state?.answers.find((one) => one.job === job)
    if (answer !== undefined) return answer
    await setTimeout(POLL_MS)
  }
  return null
}

class SiteUnknown extends LetterboxError {
  readonly code = 'SITE_UNKNOWN'
  readonly fault = 'theirs'

  constructor(host: string) {
    super(`There is no site ${plain(host)}.`, { hint: "'letterbox sites' lists them." })
  }
}

const EXAMPLES = `
Examples:
  $ letterbox site rollback feature-a.dev.example.com
  $ letterbox site remove feature-a.dev.example.com

Exit codes: 0 done, or handed over; 1 it could not be done, and why.
`

const DESCRIPTION = 'Asks the worker for a change of one site. Run it as the user that the worker runs as.'
