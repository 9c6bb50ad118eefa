import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DiskState } from '../../../../job/disk-state.ts'
import type { DiskClass } from '../../../../worker/disk/disk-class.ts'
import { createGovernor, type Governor } from '../../../../worker/disk/governor.ts'
import type { DiskItem } from '../../../../worker/disk/plan-cleaning.ts'
import { lookForRoom } from '../../../../worker/disk/room.ts'
import { until } from '../../../support/until.ts'

test('a run waits while a disk lacks room, the disk is cleaned, and it goes on by itself', async (t) => {
  const stand = governed(t, [item('old', 60, 1), item('living', 30, 2, { kept: 'its run has not ended' })])
  stand.free = 50
  assert.equal(stand.governor.hasRoom(), false)
  assert.match(stand.governor.held() ?? '', /50 B free/)
  await until(() => stand.resumed > 0, { what: 'the worker to go on' })
  assert.deepEqual(stand.removed, ['old'])
  assert.equal(stand.governor.held(), null)
  assert.equal(stand.governor.hasRoom(), true)
})

test('who wants to end need not wait for runs that no cleaning makes room for', async (t) => {
  const stand = governed(t, [item('living', 30, 2, { kept: 'in use' })])
  stand.free = 10
  assert.equal(stand.governor.hasRoom(), false)
  await stand.governor.stuck()
  assert.equal(stand.resumed, 0)
  stand.free = 500
  await until(() => stand.resumed > 0, { what: 'the worker to go on' })
})

test('C09: a write that found no room gets the reserve once, and no run starts for now', async (t) => {
  const stand = governed(t, [])
  assert.equal(stand.governor.relieve(), true)
  assert.equal(stand.governor.relieve(), false)
  assert.notEqual(stand.governor.held(), null)
  await until(() => stand.held, { what: 'the reserve to be made again' })
})

test('what is over its budget by kept things alone is published and touched by nobody', async (t) => {
  const stand = governed(t, [item('kept', 300, 1, { kept: 'deployed' })])
  await stand.governor.check()
  assert.deepEqual(stand.removed, [])
  const [seen] = stand.published.at(-1)?.classes ?? []
  assert.deepEqual([seen?.usedBytes, seen?.budgetBytes, seen?.keptBytes, seen?.due], [300, 100, 300, false])
})

test('trouble with one class is told and leaves the others alone', async (t) => {
  const stand = governed(t, [item('old', 300, 1)], async () => {
    throw new Error('the engine is away')
  })
  await stand.governor.check()
  assert.deepEqual(stand.removed, ['old'])
  assert.match(stand.published.at(-1)?.classes.find(({ name }) => name === 'images')?.trouble ?? '', /engine is away/)
})

test('a file system with no files left lacks room, one that does not count them does not', () => {
  const { lack, isFull } = lookForRoom(['/proc/no-such-folder'], 1)
  assert.deepEqual([lack, isFull], [null, false])
  assert.match(lookForRoom(['/'], Number.MAX_SAFE_INTEGER).lack ?? '', /worker\.disk\.reserve/)
})

function item(name: string, bytes: number, usedAt: number, change: Partial<DiskItem> = {}): DiskItem {
  return { name, bytes, usedAt, kept: null, expired: false, ...change }
}

function governed(t: { after(work: () => Promise<void>): void }, items: DiskItem[], images?: DiskClass['measure']) {
  const stand = {
    free: 1000,
    held: true,
    resumed: 0,
    removed: [] as string[],
    published: [] as DiskState[],
    governor: {} as Governor,
  }
  const logs: DiskClass = {
    name: 'logs',
    // while there is no room for a run the class has less
    budgetBytes: () => (stand.free < 100 ? 40 : 100),
    measure: async () => ({ items: items.filter(({ name }) => !stand.removed.includes(name)), sharedBytes: 0 }),
    async remove(going) {
      for (const { name, bytes } of going) {
        stand.removed.push(name)
        stand.free += bytes
      }
      return going.map(({ name }) => name)
    },
  }
  const failing: DiskClass[] = images
    ? [{ name: 'images', budgetBytes: () => null, measure: images, remove: async () => [] }]
    : []
  stand.governor = createGovernor({
    classes: [...failing, logs],
    room: () => ({
      disks: [{ path: '/data', freeBytes: stand.free, reserveBytes: 100 }],
      lack: stand.free < 100 ? `${stand.free} B free` : null,
      isFull: stand.free < 5,
    }),
    reserve: {
      hold() {
        stand.held = true
      },
      release() {
        const was = stand.held
        stand.held = false
        return was
      },
    },
    publish: (state) => stand.published.push(state),
    resume: () => {
      stand.resumed++
    },
    changed() {},
    now: () => new Date(),
    log: { info() {}, warn() {}, error() {} },
  })
  t.after(() => stand.governor.stop())
  return stand
}
