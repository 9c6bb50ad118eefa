import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import type { Run, RunState } from '../../job/run.ts'
import { type RunLogLine, RunLogLine as RunLogLineSchema } from '../../job/run-log-line.ts'
import { openStoreReader } from '../../job/store.ts'
import type { Delivery } from './delivery.ts'
import { LETTERBOX, type Program, startProgram } from './program.ts'
import { until } from './until.ts'

export type Answer = { status: number; body: Record<string, unknown> }
export type CommandEnd = { code: number | null; stdout: string; stderr: string }

export type Letterbox = {
  configFile: string
  data: DataFolder
  /** the options that every command needs to find this one */
  common: string[]
  env: NodeJS.ProcessEnv
  /** what was added to the environment by this test or demo */
  secrets: NodeJS.ProcessEnv
  /** address of the webhook program */
  url(): string
  webhook(): Program
  worker(): Program
  startWebhook(): Promise<Program>
  startWorker(): Promise<Program>
  /** any command of `letterbox`, with this one's config and data */
  command(...args: string[]): Promise<CommandEnd>
  post(delivery: Delivery): Promise<Answer>
  /** as the store holds them, newest first; none before the worker has made it */
  runs(): Run[]
  /** the run log, without the lines that are half written */
  log(run: string): RunLogLine[]
  /** Waits until as many runs as `count` have ended, and gives them, oldest first. */
  ended(count: number, deadlineMs?: number): Promise<Run[]>
  /** Waits until the newest run of this number fits. */
  run(what: string, fits: (run: Run) => boolean, deadlineMs?: number): Promise<Run>
  writeConfig(text: string): void
  stop(): Promise<void>
}

export type LetterboxOptions = {
  /** a fresh folder for the config and the data */
  folder: string
  config: string
  env: NodeJS.ProcessEnv
}

const FINAL: RunState[] = ['succeeded', 'failed', 'canceled', 'skipped']

/** Letterbox in a folder of its own; nothing runs before `startWebhook` or `startWorker`. */
export function letterboxIn(options: LetterboxOptions): Letterbox {
  const configFile = join(options.folder, 'config.yaml')
  const data = dataFolder(join(options.folder, 'data'))
  const common = ['--config', configFile, '--data', data.root]
  const env = programEnv(options.env)
  const writeConfig = (config: string) => writeFileSync(configFile, config)
  mkdirSync(options.folder, { recursive: true })
  writeConfig(options.config)
  let webhook: Program | null = null
  let worker: Program | null = null
  let url = ''

  const command = async (...args: string[]) => await runCommand([...args, ...common], env)
  const runs = () => (existsSync(data.store) ? readRuns(data.store) : [])
  return {
    configFile,
    data,
    common,
    env,
    secrets: options.env,
    url: () => url,
    webhook: () => started(webhook, 'webhook'),
    worker: () => started(worker, 'worker'),
    command,
    runs,
    writeConfig,
    post: (delivery) => post(url, delivery),
    async startWebhook() {
      webhook = startProgram(['webhook', '--port', '0', ...common], env)
      const { port } = await webhook.said('where it listens', (line) => line.msg === 'listening')
      url = `http://127.0.0.1:${port}`
      return webhook
    },
    async startWorker() {
      worker = startProgram(['worker', ...common], env)
      await worker.said('that it is ready', (line) => line.msg === 'worker ready')
      return worker
    },
    log: (run) => {
      const file = join(data.logs, `${run}.ndjson`)
      if (!existsSync(file)) return []
      const whole = readFileSync(file, 'utf8').split('\n').slice(0, -1)
      return whole.map((line) => RunLogLineSchema.parse(JSON.parse(line)))
    },
    async ended(count, deadlineMs = 60_000) {
      let seen: Run[] = []
      const done = () => {
        seen = runs()
        return seen.filter((run) => FINAL.includes(run.state)).length >= count
      }
      const describe = () => describeRuns(seen, worker)
      await until(done, { what: `${count} runs to end`, deadlineMs, describe })
      return seen.reverse()
    },
    async run(what, fits, deadlineMs = 60_000) {
      let seen: Run[] = []
      const find = () => {
        seen = runs()
        return seen.find(fits)
      }
      return await until(find, { what, deadlineMs, describe: () => describeRuns(seen, worker) })
    },
    async stop() {
      for (const program of [webhook, worker]) if (program?.running()) await program.stop()
    },
  }
}

/** What programs get of our environment: nothing that could point them elsewhere. */
function programEnv(extra: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...extra }
  for (const name of [...PASSED_ON, ...OF_THE_ENGINE]) env[name] ??= process.env[name]
  return env
}

const PASSED_ON = ['PATH', 'HOME', 'LANG', 'TZ', 'TMPDIR', 'NODE_COMPILE_CACHE']
const OF_THE_ENGINE = ['DOCKER_HOST', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY']

function started(program: Program | null, name: string): Program {
  if (program === null) throw new Error(`the ${name} was not started`)
  return program
}

async function runCommand(args: string[], env: NodeJS.ProcessEnv): Promise<CommandEnd> {
  const child = spawn(LETTERBOX, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}

async function post(url: string, delivery: Delivery): Promise<Answer> {
  const { headers, body } = delivery
  const response = await fetch(`${url}/hooks`, { method: 'POST', headers, body })
  const said = await response.text()
  try {
    return { status: response.status, body: JSON.parse(said) }
  } catch {
    return { status: response.status, body: { text: said } }
  }
}

function readRuns(file: string): Run[] {
  const store = openStoreReader(file)
  try {
    return store.runs({ limit: 1000 })
  } finally {
    store.close()
  }
}

function describeRuns(runs: Run[], worker: Program | null): string {
  const states = runs.map((run) => {
    const steps = run.steps.map((step) => `${step.name}=${step.state}${step.error ? ` (${step.error.message})` : ''}`)
    return `#${run.number} ${run.trigger} ${run.state} ${run.reason ?? ''} [${steps.join(', ')}]`
  })
  return `${states.join('\n') || 'no runs'}\nthe worker said:\n${worker?.output().slice(-4000) ?? 'nothing'}`
}
