import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigSchema } from '../../../../config/schema.ts'
import { planRuns } from '../../../../worker/plan/plan-runs.ts'
import { sampleEvent } from '../../job/sample-job.ts'

const steps = [{ script: { run: ['/bin/true'] } }]
const repository = { secret: { env: 'S' }, triggers: [{ on: 'push', steps }] }
const config = ConfigSchema.parse({ repositories: { 'github.com/acme/shop': repository } })

test('a run knows whether a person asked for it and from where, a delivered one knows nothing of it', () => {
  const event = sampleEvent({ type: 'manual' })
  const [asked] = planRuns([event], { config, digest: 'd' }, 'api').runs
  assert.equal(asked?.plan.source, 'api')
  const [delivered] = planRuns([sampleEvent()], { config, digest: 'd' }).runs
  assert.equal(delivered && 'source' in delivered.plan, false)
})
