import { readFileSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { askLine, askYes } from '../prompt/ask-line.ts'
import type { Answers, SetupFlags } from '../setup/answers.ts'
import type { SetupStep } from '../setup/carry-out-setup.ts'
import { UsageError } from '../usage-error.ts'

type SetupOptions = SetupFlags & { root: string; dryRun?: boolean; json?: boolean }

/** `letterbox setup` */
export function addSetup(program: Command, cli: Cli): void {
  program
    .command('setup')
    .summary('make a server of this machine: config, users, folders, unit, compose file')
    .description(
      'Makes what the worker and the containers of docker-compose.yml need. It asks for what no option says. What is ' +
        'there already stays as it is: called twice it changes nothing, and a config is never written over.',
    )
    .option('--host <name>', 'name of this server: ci.example.com')
    .option('--mail <address>', 'whom the certificate authority may write to')
    .option('--local-ca', 'no public name: certificates of a CA of your own instead of Let’s Encrypt')
    .option('--registry', 'run a private registry')
    .option('--no-registry', 'run none')
    .option('--repository <host/path>', 'the first repository: github.com/acme/shop')
    .option('--web-gid <number>', 'group of the web program (default: 10001)', readGid)
    .option('--dry-run', 'show every file and command, and change nothing')
    .addOption(new Option('--root <folder>', 'make it below this folder, for tries').default('/'))
    .option('--json', 'print {"steps":[…],"hints":[…]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<SetupOptions>(cli, (options) => setup(cli, options)))
}

async function setup(cli: Cli, options: SetupOptions): Promise<ExitCode> {
  const { root, dryRun = false } = options
  if (!isAbsolute(root)) throw new UsageError('--root is an absolute path.')
  if (!dryRun && process.getuid?.() !== 0) throw new UsageError('Only root can set up a server.', { hint: 'sudo' })
  const { collectAnswers } = await import('../setup/answers.ts')
  const { planSetup } = await import('../setup/plan-setup.ts')
  const { carryOutSetup } = await import('../setup/carry-out-setup.ts')
  const answers = await collectAnswers(options, { line: askLine, yes: askYes })
  const below = (path: string) => join(root, path)
  const plan = planSetup(answers, { install: INSTALL, below, read: (path) => readFileSync(below(path), 'utf8') })
  const steps = await carryOutSetup(plan, root, dryRun)
  await tell(cli, options, answers, steps)
  return 0
}

const INSTALL = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')

async function tell(cli: Cli, options: SetupOptions, answers: Answers, steps: SetupStep[]): Promise<void> {
  const { describeWanted } = await import('../setup/wanted.ts')
  const hints = await hintsOf(options, answers, steps)
  if (options.json) {
    const facts = steps.map(({ wanted, done }) => ({ what: describeWanted(wanted), done }))
    return printJson(cli, { steps: facts, hints })
  }
  const changed = steps.filter(({ done }) => done === 'made' || done === 'changed')
  const word = (done: string) => (options.dryRun ? `to be ${done}` : done).padEnd(options.dryRun ? 14 : 8)
  for (const { wanted, done } of options.dryRun ? steps : changed) {
    cli.print(`${done === 'as it is' || done === 'kept' ? done.padEnd(14) : word(done)} ${describeWanted(wanted)}\n`)
  }
  if (changed.length === 0) cli.print('Nothing to do: everything is as it should be.\n')
  for (const hint of hints) cli.print(`\n${hint}\n`)
  if (changed.length > 0 && !options.dryRun) cli.print(nextSteps(answers))
}

async function hintsOf({ root }: SetupOptions, answers: Answers, steps: SetupStep[]): Promise<string[]> {
  const config = steps.find(({ wanted }) => wanted.kind === 'file' && wanted.path.endsWith('/config.yaml'))
  if (config?.done !== 'kept' || config.wanted.kind !== 'file') return []
  const { configHints } = await import('../setup/config-hints.ts')
  const file = config.wanted.path
  return configHints(readFileSync(join(root, file), 'utf8'), file, answers)
}

function nextSteps({ host, repository }: Answers): string {
  return `
Now:
  systemctl daemon-reload && systemctl enable --now letterbox-worker
  cd ${INSTALL} && docker compose up -d --build        (or: docker-compose up -d --build)
  letterbox doctor --config /etc/letterbox/config.yaml --data /var/lib/letterbox
${repository === null ? '' : `  letterbox hook add ${repository} --config /etc/letterbox/config.yaml\n`}
The forge posts to https://${host}/hooks.
`
}

function readGid(text: string): number {
  const gid = Number(text)
  if (/^\d{1,9}$/.test(text) && gid > 0) return gid
  throw new InvalidArgumentError('A group is a number over 0.')
}

const EXAMPLES = `
Examples:
  $ letterbox setup                                                      asks
  $ letterbox setup --host ci.example.com --mail you@example.com --repository github.com/acme/shop
  $ letterbox setup --host ci.lan --local-ca --no-registry --dry-run     what would be done?

'letterbox uninstall' takes it back.
`
