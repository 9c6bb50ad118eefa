import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { stringify } from 'yaml'
import type { Run } from '../job/run.ts'
import { openStoreReader } from '../job/store.ts'
import type { StoreReader } from '../job/store-port.ts'
import { githubPush } from '../test/support/delivery.ts'
import { type GitServer, startGitServer } from '../test/support/git-server.ts'
import { type Letterbox, letterboxIn } from '../test/support/letterbox.ts'
import { until } from '../test/support/until.ts'
import { type Distribution, distribution } from './distribution.ts'
import { type Memory, memoryOf } from './memory.ts'
import { printTable } from './print-table.ts'

/* How long after the 202 does the first step begin, and what do the two programs cost? Real programs, real git over
 * HTTP, loopback only; the step is a script that does nothing, so all that is measured is Letterbox. See README.md. */

const SECRET = 'bench-webhook-secret-0815'
const PATH = 'acme/shop'
const SETTLE_MS = 3000

export type Report = {
  deliveries: number
  node: string
  cpus: string
  /** one delivery at a time, ms */
  single: { accepted: Distribution; taken: Distribution; firstStep: Distribution; ended: Distribution }
  /** all deliveries at once, each to a branch of its own */
  burst: { accepted: Distribution; firstStep: Distribution; allAcceptedMs: number; allEndedMs: number }
  memory: Record<'webhook' | 'worker', { idle: Memory; afterwards: Memory }>
}

await main()

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { deliveries: { type: 'string', default: '200' }, json: { type: 'boolean' } },
  })
  const deliveries = Math.min(Math.max(Number.parseInt(values.deliveries, 10) || 200, 1), 1000)
  const folder = mkdtempSync(join(tmpdir(), 'letterbox-bench-'))
  chmodSync(folder, 0o755)
  const git = await startGitServer()
  const letterbox = letterboxIn({ folder, config: stringify(benchConfig(git)), env: { BENCH_SECRET: SECRET } })
  try {
    const report = await measure({ letterbox, git, deliveries })
    if (!values.json) printTable(report)
    process.stdout.write(`${JSON.stringify(report, null, values.json ? 2 : undefined)}\n`)
  } finally {
    await letterbox.stop()
    await git.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

function benchConfig(git: GitServer) {
  const trigger = { on: 'push', steps: [{ script: { run: ['/bin/true'] } }] }
  return {
    // a user that every machine has: nothing is added to the host
    worker: { concurrency: 2, user: 'nobody' },
    forges: { [git.host]: { kind: 'github', url: git.url } },
    repositories: { [`${git.host}/${PATH}`]: { secret: { env: 'BENCH_SECRET' }, triggers: [trigger] } },
  }
}

type Bench = { letterbox: Letterbox; git: GitServer; deliveries: number }

async function measure(bench: Bench): Promise<Report> {
  const { letterbox, git, deliveries } = bench
  const repository = await git.repository(PATH)
  const commit = await repository.commit({ files: { 'readme.txt': 'bench' } })
  const branches = Array.from({ length: deliveries }, (_, at) => `branch-${at}`)
  for (const part of chunks(branches, 50)) {
    await repository.git('push', '--quiet', repository.folder, ...part.map((name) => `HEAD:refs/heads/${name}`))
  }

  const [webhook, worker] = await Promise.all([letterbox.startWebhook(), letterbox.startWorker()])
  const store = openStoreReader(letterbox.data.store)
  try {
    await pause(SETTLE_MS)
    const idle = { webhook: memoryOf(webhook.pid), worker: memoryOf(worker.pid) }
    const send = (branch: string, at: number) => sendPush(bench, { branch, commit, at })
    await endOf(store, await send('main', 0))

    const single: Timing[] = []
    for (let at = 1; at <= deliveries; at += 1) single.push(await endOf(store, await send('main', at)))

    const began = performance.now()
    const accepted = await Promise.all(branches.map((branch, at) => send(branch, deliveries + at + 1)))
    const allAcceptedMs = performance.now() - began
    const burst: Timing[] = []
    for (const sent of accepted) burst.push(await endOf(store, sent))
    const allEndedMs = Math.max(...burst.map(({ endedAt }) => endedAt)) - (performance.timeOrigin + began)

    return {
      deliveries,
      node: process.version,
      cpus: `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}`,
      single: distributions(single),
      burst: { ...distributions(burst), allAcceptedMs: Math.round(allAcceptedMs), allEndedMs: Math.round(allEndedMs) },
      memory: {
        webhook: { idle: idle.webhook, afterwards: memoryOf(webhook.pid) },
        worker: { idle: idle.worker, afterwards: memoryOf(worker.pid) },
      },
    }
  } finally {
    store.close()
  }
}

/** `acceptedAt` is when we held the 202, in ms since the epoch like the store's times. */
type Sent = { job: string; acceptMs: number; acceptedAt: number }
type Timing = Sent & { takenMs: number; firstStepMs: number; endedMs: number; endedAt: number }

/** Each message differs, so no body is a duplicate of another. */
async function sendPush(
  { letterbox, git }: Bench,
  push: { branch: string; commit: string; at: number },
): Promise<Sent> {
  const { branch, commit, at } = push
  const facts = { forge: git.url, path: PATH, secret: SECRET, ref: `refs/heads/${branch}`, commit }
  const delivery = githubPush({ ...facts, message: `push ${at}` })
  const began = performance.now()
  const { status, body } = await letterbox.post(delivery)
  const acceptedAt = performance.timeOrigin + performance.now()
  if (status !== 202 || typeof body.job !== 'string') throw new Error(`answered ${status}: ${JSON.stringify(body)}`)
  return { job: body.job, acceptMs: performance.now() - began, acceptedAt }
}

async function endOf(store: StoreReader, sent: Sent): Promise<Timing> {
  const what = `the run of delivery ${sent.job} to end`
  const run = await until(() => endedRun(store, sent.job), {
    what,
    deadlineMs: 300_000,
    describe: () => store.counts(),
  })
  const step = run.steps[0]?.startedAt
  const taken = store.job(sent.job)?.takenAt
  if (run.state !== 'succeeded' || !step || !run.finishedAt || !taken) {
    throw new Error(`run ${run.id} ${run.state}: ${run.reason} ${JSON.stringify(run.steps)}`)
  }
  const since = (time: string) => Date.parse(time) - sent.acceptedAt
  const endedAt = Date.parse(run.finishedAt)
  return { ...sent, takenMs: since(taken), firstStepMs: since(step), endedMs: since(run.finishedAt), endedAt }
}

function endedRun(store: StoreReader, job: string): Run | null {
  const id = store.job(job)?.runs[0]
  const run = id === undefined ? null : store.run(id)
  return run?.finishedAt ? run : null
}

function distributions(timings: Timing[]) {
  return {
    accepted: distribution(timings.map(({ acceptMs }) => acceptMs)),
    taken: distribution(timings.map(({ takenMs }) => takenMs)),
    firstStep: distribution(timings.map(({ firstStepMs }) => firstStepMs)),
    ended: distribution(timings.map(({ endedMs }) => endedMs)),
  }
}

function chunks<T>(list: T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) => list.slice(at * size, (at + 1) * size))
}
