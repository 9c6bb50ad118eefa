import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { readEvents, recognise, verify } from '../../forge/known/intake.ts'
import { fixtures, SECRET, signed } from '../fixtures/deliveries/fixtures.ts'
import { type UnderTest, webhookUnderTest } from './webhook-under-test.ts'

/* Every delivery in test/fixtures/deliveries goes through the real HTTP server. `job.json` beside it is what must
 * stand in the spool then (without what differs each time), `ignored.json` the answer that leaves no job file.
 * LETTERBOX_UPDATE_GOLDEN=1 writes them anew: read the difference before you commit it. */

describe('a delivery of a forge', () => {
  let webhook: UnderTest
  before(async () => {
    webhook = await webhookUnderTest()
  })
  after(() => webhook.stop())

  for (const fixture of fixtures()) {
    it(`${fixture.forge} ${fixture.name} becomes what its golden file says`, async () => {
      const known = new Set(webhook.jobs().map(({ id }) => id))
      const answer = await webhook.post(signed(fixture), fixture.body)
      const job = webhook.jobs().find(({ id }) => !known.has(id))
      if (job === undefined) {
        assert.equal(answer.status, 200)
        assertGolden(join(fixture.folder, 'ignored.json'), answer.json)
        return
      }
      assert.equal(answer.status, 202)
      assert.ok(job.source === 'webhook')
      const { id, receivedAt, body, ...golden } = job
      assert.ok(Date.now() - Date.parse(receivedAt) < 60_000)
      assert.deepEqual(Buffer.from(body, 'base64'), fixture.body)
      const { starts, because } = answerOf(answer.json)
      assert.deepEqual(answer.json, { job: id, events: job.events.length, starts, because })
      assertGolden(join(fixture.folder, 'job.json'), { ...golden, answer: { starts, because } })
    })
  }

  it('is read by the worker from its job file as it was here', () => {
    const jobs = webhook.jobs()
    assert.ok(jobs.length > 25, `${jobs.length} job files`)
    for (const job of jobs) {
      assert.ok(job.source === 'webhook')
      const recognised = recognise(job.headers)
      assert.ok(recognised?.forge === job.forge && recognised.delivery === job.delivery)
      const verified = verify({ ...recognised, body: Buffer.from(job.body, 'base64') }, [
        { key: 'k', secrets: [SECRET] },
      ])
      assert.ok(verified)
      assert.deepEqual(readEvents(verified), { kind: 'events', events: job.events })
    }
  })
})

function answerOf(json: unknown): { starts: unknown; because: unknown } {
  assert.ok(typeof json === 'object' && json !== null && 'starts' in json && 'because' in json)
  return json
}

function assertGolden(file: string, actual: unknown): void {
  if (process.env.LETTERBOX_UPDATE_GOLDEN === '1') writeFileSync(file, `${JSON.stringify(actual, null, 2)}\n`)
  assert.ok(existsSync(file), `${file} is missing`)
  assert.deepEqual(actual, JSON.parse(readFileSync(file, 'utf8')))
}
