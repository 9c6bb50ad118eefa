import { readFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { z } from 'zod'
import type { Cli } from './cli.ts'
import { addAudit } from './commands/audit.ts'
import { addBackup } from './commands/backup.ts'
import { addCancel } from './commands/cancel.ts'
import { addCheck } from './commands/check.ts'
import { addDisk } from './commands/disk.ts'
import { addDoctor } from './commands/doctor.ts'
import { addExplain } from './commands/explain.ts'
import { addHook } from './commands/hook.ts'
import { addLogs } from './commands/logs.ts'
import { addRegistry } from './commands/registry.ts'
import { addRetry } from './commands/retry.ts'
import { addRuns } from './commands/runs.ts'
import { addSelftest } from './commands/selftest.ts'
import { addSetup } from './commands/setup.ts'
import { addShow } from './commands/show.ts'
import { addSite } from './commands/site.ts'
import { addSites } from './commands/sites.ts'
import { addTrigger } from './commands/trigger.ts'
import { addUninstall } from './commands/uninstall.ts'
import { addUp } from './commands/up.ts'
import { addUser } from './commands/user.ts'
import { addWebhook } from './commands/webhook.ts'
import { addWorker } from './commands/worker.ts'

/** The whole command line of Letterbox. Wrong usage throws commander's CommanderError instead of leaving the process. */
export function createProgram(cli: Cli): Command {
  const program = new Command('letterbox')
    .description(
      'Self-hosted CI and delivery: signed webhooks in, images, test results and mails out.\n' +
        'Anyone may post a letter through the slot; nobody comes in through it.',
    )
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show this help')
    .addOption(new Option('--config <file>', 'the config').env('LETTERBOX_CONFIG').default('config/config.yaml'))
    .addOption(new Option('--data <folder>', 'where Letterbox keeps its data').env('LETTERBOX_DATA').default('data'))
    .configureHelp({ showGlobalOptions: true, sortSubcommands: false })
    .configureOutput({ writeOut: cli.print, writeErr: cli.complain })
    .showHelpAfterError("(add --help for the command's options and examples)")
    .exitOverride()

  program.commandsGroup('Programs:')
  for (const add of [addUp, addWebhook, addWorker]) add(program, cli)
  program.commandsGroup('Before something happens:')
  for (const add of [addCheck, addExplain, addDoctor, addSelftest]) add(program, cli)
  program.commandsGroup('What happened:')
  for (const add of [addRuns, addShow, addLogs, addSites, addAudit, addDisk]) add(program, cli)
  program.commandsGroup('Make something happen:')
  for (const add of [addTrigger, addRetry, addCancel, addSite]) add(program, cli)

  program.commandsGroup('The server:')
  for (const add of [addSetup, addUninstall, addHook, addUser, addRegistry]) add(program, cli)
  program.commandsGroup('Care:')
  for (const add of [addBackup]) add(program, cli)

  program.commandsGroup('Help:').helpCommand('help [command]', 'show the help of a command')
  return program.addHelpText('after', PROGRAM_HELP)
}

const PROGRAM_HELP = `
Exit codes: 0 done, 1 a problem was found, 2 wrong usage.
A run is named by its id, the first characters of it, host/path#number, or
#number where only one repository has it.

First steps:
  $ letterbox check                        is the config good?
  $ letterbox doctor                       is everything there that it needs?
  $ letterbox up                           webhook and worker, side by side
  $ letterbox explain github.com/acme/shop --branch main
`

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}
