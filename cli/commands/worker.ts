import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli } from '../cli.ts'
import { become } from '../start/become.ts'

/** `letterbox worker` */
export function addWorker(program: Command, cli: Cli): void {
  program
    .command('worker')
    .summary('take job files and run what the config says')
    .description(
      'Takes job files out of the spool, checks them again and runs what the config says. Runs as root on the host, ' +
        'beside the Docker Engine; it listens on no port.',
    )
    .option('--once', 'take what is there, run it to its end, and exit: for people who keep system cron')
    .addHelpText('after', EXAMPLES)
    .action(
      carryOut<{ once?: boolean }>(cli, async ({ config, data, once }) =>
        become('worker', ['--config', config, '--data', data, ...(once ? ['--once'] : [])]),
      ),
    )
}

const EXAMPLES = `
Examples:
  $ letterbox worker
  $ letterbox worker --once     a line for cron: */5 * * * * root letterbox worker --once

It logs {"msg":"worker ready"} when it is up. SIGTERM lets running steps end, within worker.stopTimeout.
`
