import { isAbsolute } from 'node:path'
import { type Command, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { UsageError } from '../usage-error.ts'

type UninstallOptions = { root: string; dataToo?: boolean; dryRun?: boolean; json?: boolean }

/** `letterbox uninstall` */
export function addUninstall(program: Command, cli: Cli): void {
  program
    .command('uninstall')
    .summary('take back what setup has made')
    .description(
      'Takes back what setup has made, and nothing else. Config, secrets, data and certificates stay, unless --data-too. ' +
        'Stop the worker and the containers first.',
    )
    .option('--data-too', 'config, secrets, data and certificates, too')
    .option('--dry-run', 'show what would go, and change nothing')
    .addOption(new Option('--root <folder>', 'what setup has made below this folder').default('/'))
    .option('--json', 'print {"taken":[…]}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<UninstallOptions>(cli, (options) => uninstall(cli, options)))
}

async function uninstall(
  cli: Cli,
  { root, dataToo = false, dryRun = false, json }: UninstallOptions,
): Promise<ExitCode> {
  if (!isAbsolute(root)) throw new UsageError('--root is an absolute path.')
  if (!dryRun && process.getuid?.() !== 0) throw new UsageError('Only root can take a server back.', { hint: 'sudo' })
  const { takeBack } = await import('../setup/take-back.ts')
  const taken = await takeBack({ root, dataToo, dryRun })
  if (json) printJson(cli, { taken: taken.map(({ made, done }) => ({ ...made, done })) })
  else if (taken.length === 0) cli.print('Nothing here was made by setup.\n')
  else for (const { made, done } of taken) cli.print(`${done.padEnd(8)} ${made.kind} ${made.name}\n`)
  return 0
}

const EXAMPLES = `
Examples:
  $ letterbox uninstall --dry-run
  $ letterbox uninstall
  $ letterbox uninstall --data-too

Before it:
  systemctl disable --now letterbox-worker
  docker compose down                        with -v also the images of the registry
`
