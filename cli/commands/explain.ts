import { type Command, Option } from 'commander'
import type { Config } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import type { JobRecord, StoreReader } from '../../job/store-port.ts'
import { carryOut } from '../carry-out.ts'
import type { Cli, CommonOptions, ExitCode } from '../cli.ts'
import { deliveryText } from '../explain/delivery-text.ts'
import { explainEvent } from '../explain/explain-event.ts'
import { explanationText } from '../explain/explanation-text.ts'
import { requireEntry } from '../explain/find-entry.ts'
import { hypotheticalEvent } from '../explain/hypothetical-event.ts'
import { printJson } from '../print/json.ts'
import { readConfig } from '../read-config.ts'
import { withStore } from '../store/open-store.ts'
import { UsageError } from '../usage-error.ts'

type ExplainOptions = { branch?: string; tag?: string; path?: string[]; message?: string }

/** `letterbox explain` */
export function addExplain(program: Command, cli: Cli): void {
  program
    .command('explain')
    .summary('say why a push starts a run, or why not')
    .description(
      'With --branch or --tag: what a push to a repository would start, and for each trigger that stays quiet the ' +
        'condition that it does not meet. With the id of a delivery (or of its job): what that one started, or why ' +
        'nothing. Both ask the code that the worker plans with; nothing is started.',
    )
    .argument('<what>', 'a repository (host/path), or the id of a delivery or job')
    .option('--branch <branch>', 'as if this branch were pushed')
    .addOption(new Option('--tag <tag>', 'as if this tag were pushed').conflicts('branch'))
    .option('--path <path...>', 'files that the push changes (default: not known)')
    .option('--message <text>', 'message of the head commit, for [skip ci]')
    .option('--json', 'print the same as JSON')
    .addHelpText('after', EXAMPLES)
    .action(carryOut<ExplainOptions>(cli, (options, what = '') => explain(cli, options, what)))
}

function explain(cli: Cli, options: ExplainOptions & CommonOptions, what: string): Promise<ExitCode> {
  if (options.branch !== undefined || options.tag !== undefined) return explainPush(cli, options, what)
  if (!what.includes('/')) return explainDelivery(cli, options, what)
  throw new UsageError(`Which branch or tag of ${what}?`, { hint: `letterbox explain ${what} --branch main` })
}

async function explainPush(cli: Cli, options: ExplainOptions & CommonOptions, repository: string): Promise<ExitCode> {
  const config = await readConfig(options.config)
  requireEntry(config, repository)
  const { branch = null, tag = null, path: paths = null, message = null } = options
  const explanation = explainEvent(config, hypotheticalEvent({ repository, branch, tag, paths, message }))
  if (options.json) printJson(cli, explanation)
  else cli.print(explanationText(explanation, cli))
  return 0
}

async function explainDelivery(cli: Cli, options: CommonOptions, reference: string): Promise<ExitCode> {
  const config = await readConfig(options.config)
  await withStore(options.data, (store) => {
    const record = store.delivery(reference)
    if (record === null) throw new DeliveryUnknown(reference)
    tellDelivery(cli, options, config, store, record)
  })
  return 0
}

function tellDelivery(cli: Cli, options: CommonOptions, config: Config, store: StoreReader, record: JobRecord): void {
  const runs = record.runs.flatMap((id) => store.run(id) ?? [])
  const events = record.events.map((event) => explainEvent(config, event))
  if (options.json) printJson(cli, { delivery: record, runs, events })
  else cli.print(deliveryText({ record, runs, events }, cli))
}

/** Nothing of this id was recorded. */
class DeliveryUnknown extends LetterboxError {
  readonly code = 'DELIVERY_UNKNOWN'
  readonly fault = 'theirs'

  constructor(reference: string) {
    super(`No delivery or job is called ${reference}.`, {
      hint: 'It takes the id that the forge shows for the delivery, or the "job" of the 202 answer. A delivery answered 401, 400 or "ignored" leaves no record; one that is still in spool/new waits for the worker.',
    })
  }
}

const EXAMPLES = `
Examples:
  $ letterbox explain github.com/acme/shop --branch main
  $ letterbox explain github.com/acme/shop --branch main --path docs/index.md --path README.md
  $ letterbox explain bitbucket.org/acme/shop_deploy --tag v1.4.2
  $ letterbox explain 72d3162e-cc78-11e3-81ab-4c9367dc0958
`
