import type { Command } from 'commander'
import { dataFolder } from '../../job/data-folder.ts'
import { readSitesState, type SiteRecord } from '../../job/sites-state.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { bytes } from '../print/bytes.ts'
import { printJson } from '../print/json.ts'
import { type Column, table } from '../print/table.ts'
import { ago, lasted } from '../print/time.ts'

/** `letterbox sites` */
export function addSites(program: Command, cli: Cli): void {
  program
    .command('sites')
    .summary('list the sites that are served')
    .description('Lists the sites as the worker last saw them, at most a minute ago while it runs.')
    .option('--json', 'print {"sites":[…]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<object>(cli, (options) => sites(cli, options)))
}

async function sites(cli: Cli, { data, json }: CommonOptions): Promise<ExitCode> {
  const state = readSitesState(dataFolder(data).sitesState)
  const found = state?.sites ?? []
  if (json) printJson(cli, { sites: found })
  else if (found.length > 0) cli.print(table(columns(cli), found, cli.columns))
  else cli.complain(NO_SITES)
  return 0
}

function columns(cli: Cli): Column<SiteRecord>[] {
  const { colors } = cli
  return [
    { title: 'STATE', text: ({ state }) => state, paint: (cell, { state }) => colorOf(cli, state)(cell) },
    { title: 'HOST', text: ({ host }) => host },
    { title: 'REPOSITORY', text: ({ repository }) => repository, shrinkTo: 12, cut: 'start' },
    { title: 'REF', text: ({ ref }) => ref.replace(/^refs\/(?:heads|tags)\//, ''), shrinkTo: 10 },
    { title: 'COMMIT', text: ({ commit }) => commit?.slice(0, 12) ?? '-', paint: colors.dim },
    { title: 'AGE', text: ({ createdAt }) => ago(createdAt, cli.now()) },
    { title: 'LEFT', text: ({ expiresAt }) => left(expiresAt, cli.now()) },
    { title: 'MEMORY', text: memory },
  ]
}

function colorOf({ colors }: Cli, state: string): (text: string) => string {
  return state === 'running' ? colors.green : colors.red
}

function left(expiresAt: string | null, now: Date): string {
  return expiresAt === null ? '-' : lasted(now.toISOString(), expiresAt)
}

function memory({ memoryUsed, memoryLimit }: SiteRecord): string {
  const used = memoryUsed === null ? '-' : bytes(memoryUsed)
  return memoryLimit === null ? used : `${used} of ${bytes(memoryLimit)}`
}

const NO_SITES = `No sites.
hint: a step such as  - site: { host: "{{ branch | slug }}.dev.example.com" }  after a build makes one.
`

const EXAMPLES = `
Examples:
  $ letterbox sites
  $ letterbox sites --json | jq -r '.sites[].address'
`
