import { type Command, Option } from 'commander'
import { forgeApi } from '../../config/forge-api.ts'
import { findForge } from '../../config/known-forges.ts'
import { findRepository } from '../../config/match.ts'
import type { Config, SecretRef } from '../../config/schema.ts'
import { resolveSecret } from '../../config/secret.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { requireEntry } from '../explain/find-entry.ts'
import type { ForgeHook, ForgeHooks } from '../hook/forge-hooks.ts'
import type { WebhookSecret } from '../hook/webhook-secret.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { readConfig } from '../read-config.ts'
import { UsageError } from '../usage-error.ts'

type HookOptions = CommonOptions & { url?: string }

/** `letterbox hook add|check` */
export function addHook(program: Command, cli: Cli): void {
  const hook = program
    .command('hook')
    .summary('make and check the webhook at the forge')
    .description('Makes the webhook of a repository at GitHub or Bitbucket, or tells what the forge has.')
    .addHelpText('after', EXAMPLES)
  const address = new Option('--url <address>', 'where the forge posts to (default: /hooks at server.url)')
  hook
    .command('add')
    .summary('make the webhook, with a fresh secret, and try it')
    .description(
      'Makes the webhook with the secret that the config names; where there is none yet it makes one. A webhook of the same ' +
        'address is left as it is. Needs forges.<host>.token with the right to manage webhooks.',
    )
    .argument('<repository>', 'host/path')
    .addOption(address)
    .option('--json', 'print {"hook":…,"made":…,"problem":…}')
    .action(carryOut<HookOptions>(cli, (options, repository = '') => add(cli, options, repository)))
  hook
    .command('check')
    .summary('tell what the forge has')
    .description(
      'Lists the webhooks of the repository at its forge, and says whether the one that Letterbox needs is right.',
    )
    .argument('<repository>', 'host/path')
    .addOption(address)
    .option('--json', 'print {"hooks":[…],"problem":…}')
    .action(carryOut<HookOptions>(cli, (options, repository = '') => check(cli, options, repository)))
}

async function add(cli: Cli, options: HookOptions, repository: string): Promise<ExitCode> {
  const { webhookSecret } = await import('../hook/webhook-secret.ts')
  const { tryHook } = await import('../hook/try-hook.ts')
  const { config, kind, hooks, url } = await connect(cli, options, repository)
  const there = (await hooks.list()).find((hook) => hook.url === url)
  if (there !== undefined) {
    if (options.json) printJson(cli, { hook: there, made: false, problem: null })
    else cli.print(`${plain(repository)} has this webhook already:\n${hookText(there)}`)
    return 0
  }
  const secret = webhookSecret(secretRefOf(config, repository), cli.env)
  const hook = await hooks.create({ url, secret: secret.value })
  const problem = secret.state === 'to-be-set' ? null : await tryHook(kind, url, secret.value)
  if (options.json) printJson(cli, { hook, made: true, problem })
  else cli.print(madeText(hook, problem))
  if (secret.line !== null) cli.complain(lineText(secret))
  return problem === null ? 0 : 1
}

async function check(cli: Cli, options: HookOptions, repository: string): Promise<ExitCode> {
  const { hooks, url } = await connect(cli, options, repository)
  const found = await hooks.list()
  const problem = problemOf(found, url, hooks.event)
  if (options.json) printJson(cli, { hooks: found, problem })
  else cli.print(`${found.map(hookText).join('')}${problem === null ? 'The webhook is right.' : plain(problem)}\n`)
  return problem === null ? 0 : 1
}

type Connection = { config: Config; kind: 'github' | 'bitbucket'; hooks: ForgeHooks; url: string }

async function connect(cli: Cli, options: HookOptions, repository: string): Promise<Connection> {
  const { createAskForge } = await import('../hook/ask-forge.ts')
  const config = await readConfig(options.config)
  requireEntry(config, repository)
  const host = repository.split('/')[0] ?? ''
  const path = repository.slice(host.length + 1)
  const forge = findForge(config.forges, host)
  if (forge?.token === undefined) {
    throw new UsageError(`The config has no token for ${host}.`, {
      hint: `forges: { ${host}: { token: { file: … } } }`,
    })
  }
  const ask = createAskForge(forgeApi(host, forge), resolveSecret(forge.token, cli.env))
  const url = addressOf(options, config)
  if (forge.kind === 'github') {
    const { githubHooks } = await import('../hook/github-hooks.ts')
    return { config, kind: forge.kind, hooks: githubHooks(ask, path), url }
  }
  if (forge.kind === 'bitbucket') {
    const { bitbucketHooks } = await import('../hook/bitbucket-hooks.ts')
    return { config, kind: forge.kind, hooks: bitbucketHooks(ask, path), url }
  }
  throw new UsageError(`Webhooks at ${forge.kind} are made by hand.`, { hint: 'docs/webhooks.md' })
}

function addressOf({ url }: HookOptions, { server }: Config): string {
  if (url !== undefined) return url
  if (server.url !== undefined) return `${server.url.replace(/\/+$/, '')}/hooks`
  throw new UsageError('Where shall the forge post to?', { hint: 'Set server.url in the config, or give --url.' })
}

/** Of several the first: the others are on their way out. */
function secretRefOf(config: Config, repository: string): SecretRef {
  const [ref] = [findRepository(config, repository)?.repository.secret ?? []].flat()
  if (ref !== undefined) return ref
  throw new UsageError(`The config names no secret for ${repository}.`, {
    hint: 'secret: { file: /path } or { env: NAME }',
  })
}

function problemOf(found: ForgeHook[], url: string, event: string): string | null {
  const hook = found.find((one) => one.url === url)
  if (hook === undefined) return `No webhook posts to ${url}: 'letterbox hook add' makes it.`
  if (!hook.active) return `The webhook ${hook.id} is switched off at the forge.`
  if (!hook.events.includes(event) && !hook.events.includes('*'))
    return `The webhook ${hook.id} lacks the event ${event}.`
  return null
}

function hookText({ id, url, active, events, lastDelivery }: ForgeHook): string {
  const state = active ? 'active' : 'switched off'
  return `${plain(`${id}  ${url}  ${state}  ${events.join(', ')}  last delivery: ${lastDelivery ?? 'not known'}`)}\n`
}

function madeText(hook: ForgeHook, problem: string | null): string {
  const tried = problem === null ? '' : `It does not work yet: ${plain(problem)}\n`
  return `The webhook is made:\n${hookText(hook)}${tried}`
}

/** On stderr, so that no file which keeps the output keeps the secret. */
function lineText({ line }: WebhookSecret): string {
  return `Add this line to web.env and worker.env, and restart both programs; it is shown only now:\n  ${line}\n`
}

const EXAMPLES = `
Examples:
  $ letterbox hook add github.com/acme/shop
  $ letterbox hook check bitbucket.org/acme/shop --json

Exit codes: 0 the webhook is there and right, 1 it is not.
`
