import { resolve } from 'node:path'
import type { Command } from 'commander'
import { dataFolder } from '../../job/data-folder.ts'
import { backUpStore } from '../../job/store.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'

/** `letterbox backup FILE` */
export function addBackup(program: Command, cli: Cli): void {
  program
    .command('backup')
    .argument('<file>', 'where the copy goes; an earlier one of this name is replaced')
    .summary('copy the store while the worker goes on')
    .description('Copies the store (runs, deliveries, mails that wait) into one file, while the worker goes on.')
    .option('--json', 'print {"file":…,"bytes":…}')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<object>(cli, (options, file) => backUp(cli, options, file)))
}

async function backUp(cli: Cli, options: CommonOptions, file = ''): Promise<ExitCode> {
  const target = resolve(file)
  const bytes = await backUpStore(dataFolder(options.data).store, target)
  if (options.json) printJson(cli, { file: target, bytes })
  else cli.print(`${target}: ${(bytes / 1024).toFixed(0)} KiB, checked\n`)
  return 0
}

const EXAMPLES = `
To restore it: stop the worker, put the file in the place of state/letterbox.db,
remove letterbox.db-wal and letterbox.db-shm beside it, start the worker.

Examples:
  $ letterbox backup /var/backups/letterbox.db
`
