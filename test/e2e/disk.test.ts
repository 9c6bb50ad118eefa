import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, rmSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ConfigInput } from '../../config/schema.ts'
import { DiskState, readDiskState } from '../../job/disk-state.ts'
import { readWorkerState } from '../../job/worker-state.ts'
import { BUILD, shopFiles } from '../support/shop.ts'
import { type Stand, startStand } from '../support/stand.ts'
import { until } from '../support/until.ts'

type Disk = NonNullable<NonNullable<ConfigInput['worker']>['disk']>

const withDisk = (disk: Disk) => (config: ConfigInput) => ({ ...config, worker: { ...config.worker, disk } })

test('images beyond the keep list go soon after a run, those of the last runs and of containers stay', async (t) => {
  const stand = await startStand(t, { triggers: [{ on: 'push', steps: [BUILD] }], change: withDisk({ keepImages: 1 }) })
  const first = await push(stand)
  const [image] = await imagesOf(stand, first)
  const held = await stand.engine.docker.createContainer({ Image: image ?? '', Cmd: ['true'] })
  // gone already where the test came to its end
  t.after(() => held.remove({ force: true }).catch(() => {}))
  const second = await push(stand)
  const third = await push(stand)
  await until(async () => (await imagesOf(stand, second)).length === 0, { what: 'the image of the second run to go' })
  assert.equal((await imagesOf(stand, first)).length, 1, 'a container is of it')
  assert.equal((await imagesOf(stand, third)).length, 1)

  await held.remove({ force: true })
  const { code, stdout } = await stand.letterbox.command('disk', '--clean', '--json')
  assert.equal(code, 0, stdout)
  const seen = DiskState.parse(JSON.parse(stdout))
  assert.equal((await imagesOf(stand, first)).length, 0)
  const images = seen.classes.find(({ name }) => name === 'images')
  assert.deepEqual([images?.items, images?.trouble], [1, null])
  assert.match((await stand.letterbox.command('disk')).stdout, /^CLASS +ITEMS +USED +BUDGET.*images +1 /s)
  await remove(stand, third)
})

test('a run waits in the queue while a disk lacks room, is told of, and starts when there is', async (t) => {
  const triggers = [{ on: 'push' as const, steps: [{ script: { run: ['/bin/true'] as [string] } }] }]
  const stand = await startStand(t, { triggers, change: withDisk({ reserve: '9000t' }) })
  const { letterbox } = stand
  await stand.github({ commit: await stand.shop.commit({ files: shopFiles() }) })
  await letterbox.run('the run to be queued', ({ state }) => state === 'queued')
  await until(() => readWorkerState(letterbox.data.workerState)?.held, { what: 'the worker to say why' })
  const doctor = await letterbox.command('doctor')
  assert.match(doctor.stdout, /fail +worker .*no run starts: .*worker\.disk\.reserve/)
  const ready = await (await fetch(`${letterbox.url()}/readyz`)).json()
  assert.match(JSON.stringify(ready), /"disk":\{"ok":false,"why":"a disk lacks room/)
  assert.equal(letterbox.runs()[0]?.state, 'queued')

  stand.configure(triggers, withDisk({ reserve: '1m' }))
  const [run] = await letterbox.ended(1)
  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  await until(() => readWorkerState(letterbox.data.workerState)?.held === null, { what: 'the worker to be well' })
})

test(
  'C09: a disk that fills up under a run loses nothing, and all goes on when there is room',
  {
    skip: process.getuid?.() !== 0 && 'only root may mount',
  },
  async (t) => {
    const gate = '/tmp/letterbox-test-gate'
    const wait = ['/bin/sh', '-c', `until test -e "$1"; do sleep 0.05; done`, 'sh'] as const
    const triggers = (file: string) => [
      {
        on: 'push' as const,
        steps: [{ script: { run: [...wait, file] as [string, ...string[]] } }],
        mail: { to: ['a@example.com'], on: 'always' as const },
      },
    ]
    const stand = await startStand(t, { triggers: triggers(gate), change: withDisk({ reserve: '1m' }), start: [] })
    const { letterbox } = stand
    const open = join(stand.folder, 'open')
    stand.configure(triggers(open), withDisk({ reserve: '1m' }))
    mkdirSync(letterbox.data.root, { recursive: true })
    mount(letterbox.data.root)
    try {
      await letterbox.startWorker()
      await letterbox.startWebhook()
      await stand.github({ commit: await stand.shop.commit({ files: shopFiles() }) })
      await letterbox.run('the run to be in its step', (run) => run.steps[0]?.state === 'running')
      assert.equal(statSync(letterbox.data.reserve).size, 16 * 1024 ** 2)
      const filler = join(letterbox.data.root, 'filler')
      fill(filler)
      await stand.shop.commit({ files: { a: '1' } })
      const refused = await stand.github({ commit: 'a'.repeat(40), ref: 'refs/heads/other' })
      assert.equal(refused.status, 503)

      mkdirSync(open)
      const [run] = await letterbox.ended(1)
      assert.equal(run?.state, 'succeeded', run?.reason ?? '')
      assert.ok(letterbox.worker().running())
      await until(() => letterbox.worker().output().includes('no run starts'), { what: 'the worker to say so' })
      assert.equal((await stand.mail.waitForMail(() => true)).to[0], 'a@example.com')

      rmSync(filler)
      await until(() => existsSync(letterbox.data.reserve), { what: 'the reserve to be there again' })
      await stand.github({ commit: await stand.shop.commit({ files: { a: '2' } }) })
      const runs = await letterbox.ended(2)
      assert.equal(runs[1]?.state, 'succeeded', runs[1]?.reason ?? '')
      assert.equal(readDiskState(letterbox.data.diskState)?.classes.find(({ name }) => name === 'logs')?.trouble, null)
    } finally {
      await letterbox.stop()
      spawnSync('umount', ['-l', letterbox.data.root])
    }
  },
)

function mount(folder: string): void {
  const end = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=192m,mode=755', 'letterbox-test', folder], {
    encoding: 'utf8',
  })
  assert.equal(end.status, 0, end.stderr)
}

/** Until not a byte goes in any more. */
function fill(file: string): void {
  const fd = openSync(file, 'w')
  try {
    for (let size = 1024 ** 2; size >= 1; size = Math.floor(size / 2)) {
      const bytes = Buffer.alloc(size, 1)
      try {
        for (;;) if (writeSync(fd, bytes) < size) break
      } catch (error) {
        assert.match(String(error), /ENOSPC/)
      }
    }
  } finally {
    closeSync(fd)
  }
}

let pushes = 0
async function push(stand: Stand): Promise<string> {
  pushes++
  const commit = await stand.shop.commit({ files: { ...shopFiles(), number: String(pushes) } })
  await stand.github({ commit })
  const run = await stand.letterbox.run('the run to end', (one) => one.commit === commit && one.finishedAt !== null)
  assert.equal(run.state, 'succeeded', run.reason ?? '')
  return run.id
}

async function imagesOf({ engine }: Stand, run: string): Promise<string[]> {
  const found = await engine.docker.listImages({ filters: { label: [`dev.letterbox.run=${run}`] } })
  return found.flatMap(({ RepoTags }) => RepoTags ?? []).filter((tag) => tag !== '<none>:<none>')
}

async function remove(stand: Stand, run: string): Promise<void> {
  for (const tag of await imagesOf(stand, run)) await stand.engine.docker.getImage(tag).remove({ force: true })
}
