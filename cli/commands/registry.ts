import { type Command, InvalidArgumentError, Option } from 'commander'
import { resolveSecret } from '../../config/secret.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { count } from '../print/count.ts'
import { printJson } from '../print/json.ts'
import { plain } from '../print/plain.ts'
import { table } from '../print/table.ts'
import { ago } from '../print/time.ts'
import { askYes } from '../prompt/ask-line.ts'
import { readConfig } from '../read-config.ts'
import type { PrunePlan } from '../registry/plan-prune.ts'
import type { TagFacts } from '../registry/read-images.ts'
import type { RegistryClient } from '../registry/registry-client.ts'
import { UsageError } from '../usage-error.ts'

type ListOptions = CommonOptions & { registry?: string }
type PruneOptions = ListOptions & { keep: number; dryRun?: boolean; yes?: boolean }

/** `letterbox registry ls|prune` */
export function addRegistry(program: Command, cli: Cli): void {
  const registry = program
    .command('registry')
    .summary('show and clear up what the registry holds')
    .description('Looks into a registry of the config: which images and tags it holds, and which of them may go.')
    .addHelpText('after', EXAMPLES)
  const which = new Option('--registry <name>', 'which of `registries` in the config (default: the only one, or main)')
  registry
    .command('ls')
    .summary('list images and tags')
    .description('Lists tags with their digest, size and age.')
    .argument('[images...]', 'only these image names')
    .addOption(which)
    .option('--json', 'print {"tags":[…]}')
    .action(carryOut<ListOptions>(cli, (options, ...images) => list(cli, options, images)))
  registry
    .command('prune')
    .summary('delete old tags')
    .description(
      'Deletes the tags of each image beyond the newest ones. Never `latest`, never one that is deployed or a site, ' +
        'never one of unknown age or of the same image as a tag that stays. Shows the plan and asks.',
    )
    .argument('[images...]', 'only these image names')
    .addOption(which)
    .option('--keep <number>', 'how many tags of each image stay', readCount, 10)
    .option('--dry-run', 'show the plan, and delete nothing')
    .option('--yes', 'do not ask')
    .option('--json', 'print {"removed":[…],"kept":[…]}')
    .action(carryOut<PruneOptions>(cli, (options, ...images) => prune(cli, options, images)))
}

async function list(cli: Cli, options: ListOptions, images: string[]): Promise<ExitCode> {
  const { readImages } = await import('../registry/read-images.ts')
  const tags = await readImages(await connect(cli, options), images)
  if (options.json) printJson(cli, { tags })
  else cli.print(tags.length === 0 ? 'The registry holds no tags.\n' : tagTable(tags, cli))
  return 0
}

async function prune(cli: Cli, options: PruneOptions, images: string[]): Promise<ExitCode> {
  const { readImages } = await import('../registry/read-images.ts')
  const { planPrune } = await import('../registry/plan-prune.ts')
  const { imagesInUse } = await import('../registry/in-use.ts')
  const client = await connect(cli, options)
  const inUse = await imagesInUse(options.data)
  const plan = planPrune(await readImages(client, images), { keep: options.keep, inUse })
  if (options.json)
    printJson(cli, { removed: plan.removed, kept: plan.kept.map(({ facts, why }) => ({ ...facts, why })) })
  else cli.print(planText(plan, cli))
  if (plan.deletions.length === 0 || options.dryRun) return 0
  if (!options.yes && (await confirmed(plan)) === false) return 0
  await deleteAll(client, plan)
  if (!options.json) {
    cli.print(
      `${count(plan.removed.length, 'tag')} deleted. The disk is given back by deploy-templates/registry/collect-garbage.\n`,
    )
  }
  return 0
}

async function confirmed(plan: PrunePlan): Promise<boolean> {
  const answer = await askYes(`Delete ${count(plan.removed.length, 'tag')}?`)
  if (answer !== null) return answer
  throw new UsageError('Nobody can be asked whether to delete these; nothing was deleted.', { hint: 'Add --yes.' })
}

async function deleteAll(client: RegistryClient, { deletions }: PrunePlan): Promise<void> {
  const { RegistryFailed } = await import('../registry/registry-failed.ts')
  for (const { image, digest } of deletions) {
    const { status, body } = await client.delete(`/v2/${image}/manifests/${digest}`)
    // 404: somebody else was faster
    if (status !== 202 && status !== 404)
      throw new RegistryFailed(image, `it deletes nothing (${status} ${body.slice(0, 200)})`)
  }
}

async function connect(cli: Cli, { config: file, registry: named }: ListOptions): Promise<RegistryClient> {
  const { createRegistryClient } = await import('../registry/registry-client.ts')
  const { registries } = await readConfig(file)
  const names = Object.keys(registries)
  const name = named ?? (names.length === 1 ? names[0] : 'main') ?? 'main'
  const entry = Object.hasOwn(registries, name) ? registries[name] : undefined
  if (entry === undefined) {
    throw new UsageError(`The config names no registry ${name}.`, { hint: `It has: ${names.join(', ') || 'none'}` })
  }
  const password = entry.password === undefined ? null : resolveSecret(entry.password, cli.env)
  return createRegistryClient({ address: entry.address, username: entry.username ?? null, password })
}

function planText({ kept, removed }: PrunePlan, cli: Cli): string {
  const lines = kept.map(({ facts, why }) => `keep    ${plain(`${facts.image}:${facts.tag}`)}  (${plain(why ?? '')})\n`)
  const gone = removed.map((facts) => `delete  ${plain(`${facts.image}:${facts.tag}`)}  ${ageOf(facts, cli)}\n`)
  return [...lines, ...gone, removed.length === 0 ? 'Nothing to delete.\n' : ''].join('')
}

function tagTable(tags: TagFacts[], cli: Cli): string {
  return table(
    [
      { title: 'IMAGE', text: ({ image }) => image, shrinkTo: 12 },
      { title: 'TAG', text: ({ tag }) => tag, shrinkTo: 8 },
      { title: 'DIGEST', text: ({ digest }) => digest.slice(0, 19) },
      { title: 'SIZE', text: ({ bytes }) => `${(bytes / 1e6).toFixed(1)} MB` },
      { title: 'BUILT', text: (facts) => ageOf(facts, cli) },
    ],
    tags,
    cli.columns,
  )
}

function ageOf({ createdAt }: TagFacts, cli: Cli): string {
  return createdAt === null || Number.isNaN(Date.parse(createdAt)) ? 'unknown' : ago(createdAt, cli.now())
}

function readCount(text: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('A whole number from 1.')
}

const EXAMPLES = `
Examples:
  $ letterbox registry ls
  $ letterbox registry ls acme/shop --json
  $ letterbox registry prune --keep 5 --dry-run
  $ letterbox registry prune acme/shop --keep 5 --yes
`
