import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createExclusive } from '../../../../worker/run/exclusive.ts'
import { removeOrphans } from '../../../../worker/sites/orphans.ts'
import { container, fakeSiteEngine } from './fake-site-engine.ts'

const deps = (openRuns: string[], fake: ReturnType<typeof fakeSiteEngine>) => ({
  engine: fake.engine,
  exclusive: createExclusive(),
  openRuns: () => openRuns,
  signal: new AbortController().signal,
  log: { info() {} },
})

test('of two that serve, the newest that runs stays; what never came to serve goes', async () => {
  const fake = fakeSiteEngine(null, [
    container('old', {}, { exposed: true }),
    container('new', { startedBy: '01KNEW' }, { exposed: true }),
    container('dead', { startedBy: '01KDEAD' }, { exposed: true, running: false }),
    container('begun', { startedBy: '01KBEGUN' }),
  ])
  await removeOrphans(deps([], fake))
  assert.deepEqual([...fake.containers.keys()], ['new'])
})

test('what belongs to a run that is not over is left to it', async () => {
  const fake = fakeSiteEngine(null, [
    container('old', {}, { exposed: true }),
    container('begun', { startedBy: '01KBEGUN' }),
  ])
  await removeOrphans(deps(['01KBEGUN'], fake))
  assert.deepEqual(fake.done, [])
})

test('a site that has ended is not removed: it is the operator’s to look at', async () => {
  const fake = fakeSiteEngine(null, [container('old', {}, { exposed: true, running: false })])
  await removeOrphans(deps([], fake))
  assert.deepEqual(fake.done, [])
})
