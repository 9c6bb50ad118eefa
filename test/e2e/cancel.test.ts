import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { decodeTime } from 'ulid'
import type { Run } from '../../job/run.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { processesWith } from '../support/processes-with.ts'
import { shopFiles } from '../support/shop.ts'
import { type Stand, startStand, type Triggers } from '../support/stand.ts'
import { until } from '../support/until.ts'

const GONE_WITHIN_MS = 5000
/** a number of seconds that nobody else sleeps: marks the processes of this test */
const MARK = `9${process.pid}`
const STUBBORN = `trap "" TERM INT HUP; echo waiting; sleep ${MARK} & sleep ${MARK}; sleep ${MARK}`

const onBranch = (branch: string, steps: Triggers[number]['steps']): Triggers[number] => ({
  on: 'push',
  branches: [branch],
  steps,
})

suite('what is canceled is gone within five seconds, and the next run starts', () => {
  test('containers, builds, a push, a fetch and a script that will not end by themselves', async (t) => {
    const registry = await silentServer(t)
    const build = { build: { image: 'acme/shop' } }
    const stand = await startStand(t, {
      triggers: [
        onBranch('test', [build, { test: { command: './runtests.sh' } }, build]),
        onBranch('bomb', [build, { test: { command: './runtests.sh', pids: 60, cpus: 0.5 } }]),
        onBranch('classic', [{ build: { image: 'acme/shop', builder: 'classic', noCache: true } }]),
        onBranch('buildkit', [{ build: { image: 'acme/shop', builder: 'buildkit', noCache: true } }]),
        onBranch('push', [build, { push: { registry: 'silent', tags: ['latest'] } }]),
        onBranch('script', [{ script: { run: [stubbornProgram(t)] } }]),
        onBranch('fetch', [build]),
        onBranch('main', [build]),
      ],
      change: (config) => ({
        ...config,
        worker: { ...config.worker, concurrency: 1 },
        registries: { ...config.registries, silent: { address: registry } },
      }),
    })

    const stage = { stand, t }
    // branches begin at main
    await stand.shop.commit({ files: shopFiles() })
    const test = await cancelIn(stage, 'test', { tests: STUBBORN })
    assert.deepEqual(
      test.steps.map(({ state }) => state),
      ['succeeded', 'canceled', 'canceled'],
    )
    // forks keep the command line, and with it the mark
    // a shell that cannot fork gives up: the first one stays, and forks nothing itself
    const forks =
      'trap "" TERM; echo waiting; (while :; do (while :; do :; done) & done) 2>/dev/null & while :; do :; done'
    const bomb = `exec sh -c '${forks}' "sleep ${MARK}"`
    await cancelIn(stage, 'bomb', { tests: bomb })
    await cancelIn(stage, 'classic', { build: STUBBORN })
    await cancelIn(stage, 'buildkit', { build: STUBBORN })
    await cancelIn(stage, 'push', {}, (run) => run.steps[1]?.state === 'running')
    await cancelIn(stage, 'script', {})
    const asked = stand.git.requests.length
    stand.git.behave('hanging')
    await cancelIn(stage, 'fetch', {}, () => stand.git.requests.length > asked)
    stand.git.behave('well')

    await stand.github({
      ref: 'refs/heads/main',
      commit: await stand.shop.commit({ files: shopFiles(), branch: 'main' }),
    })
    const last = await stand.letterbox.run(
      'the last run to end',
      ({ branch, finishedAt }) => branch === 'main' && finishedAt !== null,
    )
    assert.equal(last.state, 'succeeded', last.reason ?? '')
  })
})

/** Pushes, waits until the run is in the middle of it, cancels, and checks that all of it is gone in time. */
async function cancelIn(
  { stand, t }: { stand: Stand; t: TestContext },
  branch: string,
  change: Parameters<typeof shopFiles>[0],
  isThere: (run: Run) => boolean = ({ id }) =>
    stand.letterbox.log(id).some(({ stream, text }) => stream !== 'letterbox' && text.endsWith('waiting')),
): Promise<Run> {
  const commit = await stand.shop.commit({ files: shopFiles(change), branch })
  const answer = await stand.github({ ref: `refs/heads/${branch}`, commit })
  assert.equal(answer.status, 202, JSON.stringify(answer.body))
  const { id } = await stand.letterbox.run(
    `${branch} to be in the middle`,
    (run) => run.branch === branch && run.state === 'running' && isThere(run),
  )
  const marked = () => processesWith(`sleep ${MARK}`)
  if (Object.keys(change ?? {}).length > 0) await until(() => marked().length > 0, { what: `what runs in ${branch}` })
  const command = await stand.letterbox.command('cancel', id, '--json')
  assert.equal(command.code, 0, `${branch}: ${command.stdout}${command.stderr}`)
  const { job, run } = JSON.parse(command.stdout)
  const tookMs = Date.parse(run.finishedAt) - decodeTime(job)
  assert.equal(run.state, 'canceled', branch)
  assert.match(run.reason, /^canceled by .+@/)
  assert.ok(tookMs < GONE_WITHIN_MS, `${branch}: it took ${tookMs} ms`)
  await until(() => marked().length === 0, {
    what: `the processes of ${branch} to be gone`,
    deadlineMs: GONE_WITHIN_MS - tookMs,
    describe: marked,
  })
  const containers = await stand.engine.docker.listContainers({
    all: true,
    filters: { label: [`dev.letterbox.run=${id}`] },
  })
  assert.deepEqual(containers, [], branch)
  t.diagnostic(`${branch}: ended ${tookMs} ms after it was asked for`)
  return run
}

function stubbornProgram(t: TestContext): string {
  const folder = freshFolder(t)
  chmodSync(folder, 0o755)
  const program = join(folder, 'stubborn.sh')
  writeFileSync(program, `#!/bin/sh\n${STUBBORN}\n`, { mode: 0o755 })
  return program
}

/** A registry that takes connections and never says a word. */
async function silentServer(t: TestContext): Promise<string> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  t.after(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  return `127.0.0.1:${address.port}`
}
