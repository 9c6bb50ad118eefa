import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions } from '../cli.ts'
import { boundWeb } from '../start/bound-web.ts'
import { runBoth } from '../start/run-both.ts'
import { addListenOptions, type ListenOptions } from './webhook.ts'

/** `letterbox up` */
export function addUp(program: Command, cli: Cli): void {
  const command = program
    .command('up')
    .summary('start webhook and worker, side by side')
    .description(
      'Starts both programs on this machine and passes signals on to them. When one ends, the other is stopped too and ' +
        'the worse of their exit codes is given back; nothing is restarted.',
    )
  addListenOptions(command)
    .addHelpText('after', EXAMPLES)
    .action(carryOut<ListenOptions>(cli, (options) => up(options)))
}

async function up({ config, data, host, port }: ListenOptions & CommonOptions): Promise<number> {
  const common = ['--config', config, '--data', data]
  const { flags } = await boundWeb({ config, data, blind: false }, process.env)
  return runBoth({ webhook: [...common, '--host', host, '--port', String(port)], worker: common, webFlags: flags })
}

const EXAMPLES = `
Examples:
  $ letterbox up
  $ letterbox up --port 0 --data /tmp/letterbox    to try it out: a free port, a folder of its own
`
