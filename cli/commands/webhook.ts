import { type Command, InvalidArgumentError, Option } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { become } from '../start/become.ts'
import { boundWeb } from '../start/bound-web.ts'

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
    .option('--blind', 'verify nothing and need no config and no secret: the worker alone verifies')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<ListenOptions & { blind?: boolean }>(cli, (options) => webhook(options)))
}

async function webhook(options: ListenOptions & CommonOptions & { blind?: boolean }): Promise<never> {
  const { config, data, host, port, blind = false } = options
  const bounds = await boundWeb({ config, data, blind }, process.env)
  const args = [
    '--config',
    config,
    '--data',
    data,
    '--host',
    host,
    '--port',
    String(port),
    ...(blind ? ['--blind'] : []),
  ]
  return become('webhook', args, bounds)
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
  $ letterbox webhook --blind                      without any secret (docs/blind-relay.md)

It logs {"msg":"listening","host":…,"port":…} when it is up.
`
