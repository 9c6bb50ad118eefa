import { type Command, InvalidArgumentError, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli } from '../cli.ts'
import { become } from '../start/become.ts'

export type ListenOptions = { host: string; port: number }

/** `letterbox webhook` */
export function addWebhook(program: Command, cli: Cli): void {
  const command = program
    .command('webhook')
    .summary('receive signed deliveries and write job files')
    .description(
      'Receives signed deliveries from the forges and writes a job file for each. It needs no rights but to write ' +
        'the spool: run it as a user of its own, or in a container.',
    )
  addListenOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(
      carryOut<ListenOptions>(cli, async ({ config, data, host, port }) =>
        become('webhook', ['--config', config, '--data', data, '--host', host, '--port', String(port)]),
      ),
    )
}

/** `--host` and `--port`, which `webhook` and `up` share. */
export function addListenOptions(command: Command): Command {
  return command
    .option('--host <address>', 'address to listen on', '127.0.0.1')
    .addOption(new Option('--port <port>', 'port to listen on; 0 picks a free one').default(8080).argParser(readPort))
}

function readPort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

const EXAMPLES = `
Examples:
  $ letterbox webhook                              behind a proxy on this machine
  $ letterbox webhook --host 0.0.0.0 --port 8080   in a container

It logs {"msg":"listening","host":…,"port":…} when it is up.
`
