import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Config, ConfigSchema } from '../../../../config/schema.ts'
import { manualEvent } from '../../../../worker/plan/manual-event.ts'
import { planRuns } from '../../../../worker/plan/plan-runs.ts'
import { sampleEvent } from '../../../support/sample-run.ts'

const config: Config = ConfigSchema.parse({
  repositories: {
    'github.com/acme/shop': {
      secret: { env: 'SECRET' },
      triggers: [
        {
          on: 'push',
          branches: ['main'],
          steps: [{ build: { image: 'acme/shop' } }, { script: { run: ['/bin/true'] } }],
        },
        { name: 'docs', on: 'push', paths: ['docs/**'], steps: [{ script: { run: ['/bin/true'] } }] },
        { on: 'tag', tags: ['v*'], steps: [{ script: { run: ['/bin/true'] }, name: 'ship' }] },
      ],
    },
  },
})
const active = { config, digest: 'd1' }

test('a push starts one run for each trigger that matches, with the steps of the config', () => {
  const { runs, because } = planRuns([sampleEvent({ changedFiles: ['docs/a.md'] })], active)
  assert.deepEqual(
    runs.map((run) => [run.trigger, run.steps.map((step) => step.action)]),
    [
      ['push main', ['build', 'script']],
      ['docs', ['script']],
    ],
  )
  assert.equal(because, null)
})

test('a planned run names its config snapshot, repository entry, trigger and event', () => {
  const event = sampleEvent()
  const { plan, repository, attempt } = planRuns([event], active).runs[0] ?? assert.fail('no run')
  assert.deepEqual(plan, { config: 'd1', repositoryKey: 'github.com/acme/shop', triggerIndex: 0, event })
  assert.deepEqual([repository, attempt], ['github.com/acme/shop', 1])
})

test('several events of one delivery each start their own runs, in their order', () => {
  const tag = sampleEvent({ type: 'tag', tag: 'v1', branch: null, ref: 'refs/tags/v1' })
  const { runs } = planRuns([tag, sampleEvent()], active)
  assert.deepEqual(
    runs.map((run) => run.plan.event.type),
    ['tag', 'push'],
  )
  assert.equal(runs[0]?.steps[0]?.name, 'ship')
})

test('a push that matches nothing says why', () => {
  const { runs, because } = planRuns([sampleEvent({ branch: 'topic', ref: 'refs/heads/topic' })], active)
  assert.deepEqual(runs, [])
  assert.match(because ?? '', /topic/)
})

test('a repository that is not in the config starts nothing', () => {
  const event = sampleEvent()
  const stranger = { ...event, repository: { ...event.repository, path: 'mallory/shop' } }
  assert.deepEqual(planRuns([stranger], active).runs, [])
})

test('a trigger request by hand starts what a push to that branch would start', () => {
  const request = { kind: 'trigger', by: 'ada', repository: 'github.com/acme/shop', branch: 'main', tag: null } as const
  const event = manualEvent({ ...request, commit: null }, 'https://github.com')
  assert.equal(event.repository.url, 'https://github.com/acme/shop')
  assert.deepEqual(
    planRuns([event], active).runs.map((run) => run.trigger),
    ['push main', 'docs'],
  )
})
