import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { ConfigInput } from '../../config/schema.ts'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import { TRANSITIONS, type Transition } from '../../job/transitions.ts'
import { type Bench, IMAGE_PREFIX } from './bench.ts'
import { checkKept } from './check-kept.ts'
import { type Running, startProgram } from './program.ts'
import { type SignedPush, signedPush } from './signed-push.ts'
import { NotKept } from './wait-for.ts'

/** One push through programs of its own, one of which is killed at one transition and started again. */
export type Trial = {
  name: Transition
  bench: Bench
  path: string
  address: string
  data: DataFolder
  /** the programs' options */
  args: string[]
  env: NodeJS.ProcessEnv
  push: SignedPush
  signal: AbortSignal
}

const SECRET = 'letterbox-selftest-secret'
const KILLED_WITHIN_MS = 60_000

/** @throws NotKept with what is wrong */
export async function tryTransition(name: Transition, bench: Bench, signal: AbortSignal): Promise<void> {
  const trial = await prepare(name, bench, signal)
  const programs: Running[] = []
  const start = (program: 'webhook' | 'worker', env = trial.env): Running => {
    const args = program === 'webhook' ? [...trial.args, '--port', '0'] : trial.args
    const running = startProgram(program, args, { env, signal })
    programs.push(running)
    return running
  }
  try {
    await (TRANSITIONS[name].program === 'webhook' ? killWebhook(trial, start) : killWorker(trial, start))
    await checkKept(trial)
  } catch (error) {
    if (!(error instanceof NotKept)) throw error
    const words = programs.map((program) => program.lastWords()).filter((text) => text !== '')
    throw new NotKept(`${error.message}\n${words.join('\n')}`)
  } finally {
    await Promise.all(programs.map((program) => program.stop()))
  }
}

type Start = (program: 'webhook' | 'worker', env?: NodeJS.ProcessEnv) => Running

/** The forge gets no answer, and delivers again. */
async function killWebhook(trial: Trial, start: Start): Promise<void> {
  const worker = start('worker', calm(trial.env))
  const webhook = start('webhook')
  const port = await webhook.ready()
  await worker.ready()
  const first = await post(trial, port)
  await killedAt(trial, webhook)
  const again = start('webhook', calm(trial.env))
  const second = await post(trial, await again.ready())
  if (second === null) throw new NotKept('the delivery was not answered')
  if (first !== null && second.duplicate !== first.job) throw new NotKept('a delivery answered 202 was taken twice')
}

async function killWorker(trial: Trial, start: Start): Promise<void> {
  const webhook = start('webhook', calm(trial.env))
  const worker = start('worker')
  if ((await post(trial, await webhook.ready())) === null) throw new NotKept('the delivery was not answered')
  await killedAt(trial, worker)
  await start('worker', calm(trial.env)).ready()
}

async function killedAt({ name }: Trial, program: Running): Promise<void> {
  await program.end(`the kill at ${name}`, KILLED_WITHIN_MS)
  if (!program.killed()) throw new NotKept(`the program ended by itself before ${name}`)
}

function calm({ LETTERBOX_FAILPOINT: _, ...env }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return env
}

/** null: no answer. */
async function post({ push, signal }: Trial, port: number | null): Promise<Record<string, unknown> | null> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/hooks`, { method: 'POST', ...push, signal })
    const answer: Record<string, unknown> = JSON.parse(await response.text())
    if (response.status !== 202 && !('duplicate' in answer)) throw new NotKept(`the answer was ${response.status}`)
    return answer
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof NotKept) throw error
    return null
  }
}

async function prepare(name: Transition, bench: Bench, signal: AbortSignal): Promise<Trial> {
  const folder = join(bench.folder, name)
  const path = `${IMAGE_PREFIX}/${name}`
  const address = `${name}@example.invalid`
  const config = join(folder, 'config.yaml')
  const data = dataFolder(join(folder, 'data'))
  await mkdir(folder)
  await writeFile(config, stringify(configFor(bench, path, address)))
  const { url, commit } = bench.git
  const env = { ...passedOn(), SELFTEST_SECRET: SECRET, SELFTEST_SMTP: bench.mail.url, LETTERBOX_FAILPOINT: name }
  const push = signedPush({ url, path, commit, secret: SECRET })
  return { name, bench, path, address, data, args: ['--config', config, '--data', data.root], env, push, signal }
}

/** Not the operator's secrets. */
function passedOn(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'DOCKER_HOST', 'DOCKER_CERT_PATH', 'DOCKER_TLS_VERIFY']
  return Object.fromEntries(names.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])))
}

function configFor({ git, images, engine }: Bench, path: string, address: string): ConfigInput {
  const script = { script: { run: ['/bin/sh', '-c', ':'] } }
  const withEngine = [
    script,
    { build: { image: path } },
    { test: { command: ['/bin/sh', '-c', ':'] } },
    { push: { registry: 'selftest', tags: ['latest'] } },
  ]
  const steps = engine === null ? [script] : withEngine
  return {
    server: { url: 'https://selftest.example.invalid' },
    // a worker that is killed leaves its rules in the firewall: this one has none
    worker: { timeout: '2m', stopTimeout: '5s', user: 'nobody', network: { protect: false } },
    registries: { selftest: { address: images.address } },
    mail: { smtp: { url: { env: 'SELFTEST_SMTP' } }, from: 'selftest@example.invalid' },
    forges: { [git.host]: { kind: 'github', url: git.url } },
    repositories: {
      [`${git.host}/${path}`]: {
        secret: { env: 'SELFTEST_SECRET' },
        triggers: [{ on: 'push', steps, mail: { to: [address], on: 'always' } }],
      },
    },
  }
}
