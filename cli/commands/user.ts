import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { readSecret } from '../prompt/read-secret.ts'

type UserOptions = { file?: string; stdin?: boolean }

/** `letterbox user add|remove|list` */
export function addUser(program: Command, cli: Cli): void {
  const user = program
    .command('user')
    .summary('manage who may use the registry and the dashboard')
    .description('Manages the file of names and passwords (htpasswd, bcrypt) that the registry and the dashboard ask.')
    .addHelpText('after', EXAMPLES)
  const sub = (name: string, summary: string) =>
    user.command(name).summary(summary).description(`${summary}.`).option('--file <file>', FILE_HELP)
  sub('add', 'add a user, or give one a new password')
    .argument('<name>', 'who')
    .option('--stdin', 'take the password from standard input instead of asking for it')
    .action(carryOut<UserOptions>(cli, (options, name = '') => add(cli, options, name)))
  sub('remove', 'take a user away')
    .argument('<name>', 'who')
    .action(carryOut<UserOptions>(cli, (options, name = '') => remove(cli, options, name)))
  sub('list', 'show the names')
    .option('--json', 'print {"users":[…]}')
    .action(carryOut<UserOptions>(cli, (options) => list(cli, options)))
}

const FILE_HELP = 'the htpasswd file (default: users/htpasswd beside the config)'

async function add(cli: Cli, options: UserOptions & CommonOptions, name: string): Promise<ExitCode> {
  const { putUser } = await import('../users/htpasswd.ts')
  const password = await readSecret(`Password of ${plain(name)}`, options.stdin === true)
  const done = await putUser(fileOf(options), name, password)
  cli.print(done === 'added' ? `${name} is added.\n` : `${name} has a new password.\n`)
  return 0
}

async function remove(cli: Cli, options: UserOptions & CommonOptions, name: string): Promise<ExitCode> {
  const { removeUser } = await import('../users/htpasswd.ts')
  removeUser(fileOf(options), name)
  cli.print(`${name} is removed.\n`)
  return 0
}

async function list(cli: Cli, options: UserOptions & CommonOptions): Promise<ExitCode> {
  const { listUsers } = await import('../users/htpasswd.ts')
  const users = listUsers(fileOf(options))
  if (options.json) printJson(cli, { users })
  else cli.print(users.length === 0 ? `${fileOf(options)} names nobody.\n` : `${users.map(plain).join('\n')}\n`)
  return 0
}

function fileOf({ file, config }: UserOptions & CommonOptions): string {
  return file ?? join(dirname(config), 'users', 'htpasswd')
}

const EXAMPLES = `
Examples:
  $ letterbox user add ada
  $ letterbox user add ci --stdin      the password comes from standard input, never from an argument
  $ letterbox user list
  $ letterbox user remove ada

The registry takes a change at once, without a restart.
`
