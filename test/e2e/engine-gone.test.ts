import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import Dockerode from 'dockerode'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { createDockerEngine } from '../../worker/engines/docker/create-docker-engine.ts'
import { baseImage } from '../support/base-image.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { startOwnEngine } from '../support/own-engine.ts'
import { recordingIo } from '../support/step-io.ts'
import { until } from '../support/until.ts'

const owner = { run: '01KGONE', step: 0, repository: 'example.com/acme/shop' }

suite(
  'an engine that is stopped in the middle',
  { skip: process.getuid?.() !== 0 && 'only root may start one' },
  () => {
    for (const builder of ['buildkit', 'classic'] as const) {
      test(`C13: ends a ${builder} build as our trouble, at once`, async (t) => {
        const { engine, stop } = await mortalEngine(t)
        const marker = `sleep 6${process.pid}${builder.length}`
        t.after(() => endProcesses(marker))
        const contextPath = freshFolder(t)
        writeFileSync(
          join(contextPath, 'Dockerfile'),
          `FROM busybox:1.36\nRUN echo working; trap exit TERM; ${marker} & wait\n`,
        )
        const { io, heard } = recordingIo()
        const nothing = { target: null, args: {}, labels: {}, platform: null, pull: false, noCache: false, secrets: {} }
        const building = engine.build(
          {
            ...nothing,
            owner,
            contextPath,
            dockerfile: 'Dockerfile',
            reference: 'gone:1',
            registries: [],
            builder,
            memoryBytes: null,
          },
          io,
        )
        await killedWhile(t, building, () => /^working$/m.test(heard.stdout), stop)
      })
    }

    test('C13: ends a container as our trouble, at once', async (t) => {
      const { engine, stop } = await mortalEngine(t)
      const { io, heard } = recordingIo()
      const limits = { user: null, workingFolder: null, memoryBytes: null, cpus: null, pids: null, network: 'none' }
      const asked = {
        owner,
        image: 'busybox:1.36',
        command: 'trap "exit 0" TERM; echo working; sleep 600 & wait',
        env: {},
        ...limits,
      }
      const running = engine.run({ ...asked, mounts: [], files: {}, registries: [] }, io)
      await killedWhile(t, running, () => heard.stdout.includes('working'), stop)
    })
  },
)

async function killedWhile(
  t: TestContext,
  work: Promise<unknown>,
  isWorking: () => boolean,
  stop: () => Promise<void>,
) {
  work.catch(() => {})
  await until(isWorking, { what: 'the work to be under way' })
  const from = performance.now()
  const stopped = stop()
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof LetterboxError, String(error))
    assert.equal(error.fault, 'ours', String(error))
    t.diagnostic(error.message)
    return true
  })
  const took = performance.now() - from
  await stopped
  assert.ok(took < 15_000, `${took} ms`)
  t.diagnostic(`known after ${Math.round(took)} ms`)
}

/** An engine that is stopped leaves what BuildKit runs to itself. */
function endProcesses(command: string): void {
  const lines = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).split('\n')
  for (const line of lines) {
    const [, pid, args] = /^ *(\d+) (.*)$/.exec(line) ?? []
    if (args === command) process.kill(Number(pid), 'SIGKILL')
  }
}

async function mortalEngine(t: TestContext) {
  const own = await startOwnEngine(() => {})
  t.after(() => own.stop())
  const docker = new Dockerode({ socketPath: own.host.slice('unix://'.length) })
  await baseImage(docker, 'busybox:1.36')
  return { engine: createDockerEngine({ docker, instance: 'gone' }), stop: () => own.stop() }
}
