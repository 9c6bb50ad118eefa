import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from '../../../../job/run.ts'
import { keptRuns } from '../../../../worker/disk/kept-runs.ts'

const NOTHING = { image: null, imageId: null, digest: null, tags: [], versionLabel: null, address: null, health: null }

function run(id: string, change: Partial<Run> = {}, action: Run['steps'][number]['action'] = 'build'): Run {
  const at = '2026-11-21T05:00:00.000Z'
  const step = {
    index: 0,
    action,
    name: action,
    state: 'succeeded' as const,
    exitCode: null,
    error: null,
    takenFrom: null,
  }
  return {
    ...{ id, number: 1, job: 'j', repository: 'example.com/acme/shop', event: 'push', ref: 'refs/heads/main' },
    ...{ branch: 'main', tag: null, commit: null, message: null, author: null, trigger: 'push', state: 'succeeded' },
    ...{ reason: null, attempt: 1, queuedAt: at, startedAt: at, finishedAt: at },
    steps: [{ ...step, startedAt: at, finishedAt: at, outputs: NOTHING }],
    ...change,
  }
}
const kept = (runs: Run[], perBranch: number) => [...keptRuns(runs, perBranch).keys()].sort()

test('the last runs of each branch are kept, whatever others do', () => {
  const feature = { branch: 'feature/a', ref: 'refs/heads/feature/a' }
  const runs = [run('1', feature), run('2'), run('3'), run('4'), run('5')]
  assert.deepEqual(kept(runs, 2), ['1', '4', '5'])
})

test('each trigger has its own, and all tags count as one branch', () => {
  const tag = (name: string) => ({ branch: null, tag: name, ref: `refs/tags/${name}`, trigger: 'release' })
  assert.deepEqual(kept([run('1'), run('2', { trigger: 'other' }), run('3')], 1), ['2', '3'])
  assert.deepEqual(kept([run('1', tag('v1')), run('2', tag('v2')), run('3', tag('v3'))], 2), ['2', '3'])
})

test('a run that has not ended keeps its images, however old it is', () => {
  assert.deepEqual(kept([run('1', { state: 'running', finishedAt: null }), run('2'), run('3')], 1), ['1', '3'])
})

test('what was deployed last is kept though newer runs only built', () => {
  assert.deepEqual(kept([run('1', {}, 'deploy'), run('2', {}, 'deploy'), run('3'), run('4')], 1), ['2', '4'])
})
