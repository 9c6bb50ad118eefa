import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigSchema } from '../../../config/schema.ts'
import { recognise } from '../../../forge/known/intake.ts'
import { DeliveryJob } from '../../../job/job-file.ts'
import { SpoolFull } from '../../../job/spool.ts'
import { type ReceiveDeps, receiveDelivery } from '../../../webhook/receive-delivery.ts'
import { createSeenDeliveries } from '../../../webhook/seen-deliveries.ts'
import { type Fixture, fixture, payloadOf, SECRET, signed, withPayload } from '../../fixtures/deliveries/fixtures.ts'

const triggers = [{ on: 'push' as const, branches: ['master'], steps: [{ script: { run: ['/bin/true'] } }] }]
const config = ConfigSchema.parse({
  repositories: {
    'github.com/Codertocat/Hello-World': { secret: { env: 'A' }, triggers },
    'github.com/acme/other': { secret: { env: 'B' }, triggers },
  },
})
const update = fixture('github', 'push-update')

function setUp(change: Partial<ReceiveDeps> = {}) {
  const jobs: DeliveryJob[] = []
  const deps: ReceiveDeps = {
    candidates: () => [
      { key: 'github.com/Codertocat/Hello-World', secrets: [SECRET] },
      { key: 'github.com/acme/other', secrets: ['other'] },
    ],
    spool: { put: async (job) => void jobs.push(job) },
    queue: { problem: async () => null, added: () => undefined },
    seen: createSeenDeliveries({ stored: () => null, capacity: 100 }),
    newId: () => `01K000000000000000000000${String(10 + jobs.length)}`,
    now: () => new Date('2026-11-21T05:00:00.123Z'),
    ...change,
  }
  async function receive(of: Fixture, headers = signed(of)) {
    const recognised = recognise(headers)
    assert.ok(recognised)
    return receiveDelivery(recognised, of.body, config, deps)
  }
  return { jobs, receive }
}

describe('a received delivery', () => {
  it('becomes a job file that the contract accepts, and says what starts', async () => {
    const { jobs, receive } = setUp()
    const answer = await receive(update)
    assert.ok('job' in answer)
    assert.equal(answer.events, 1)
    assert.equal(answer.starts.length, 1)
    assert.equal(answer.because, null)
    const job = DeliveryJob.parse(JSON.parse(JSON.stringify(jobs[0])))
    assert.deepEqual(Buffer.from(job.body, 'base64'), update.body)
    assert.equal(job.receivedAt, '2026-11-21T05:00:00.123Z')
  })

  it('that no trigger matches becomes a job file too, and says why nothing starts', async () => {
    const { jobs, receive } = setUp()
    const answer = await receive(fixture('github', 'push-branch-with-slashes'))
    assert.ok('job' in answer)
    assert.deepEqual(answer.starts, [])
    assert.ok(answer.because)
    assert.equal(jobs.length, 1)
  })

  it('A23 that is ignored leaves no job file and is not remembered', async () => {
    const { jobs, receive } = setUp()
    for (let i = 0; i < 2; i++) assert.deepEqual(await receive(fixture('github', 'ping')), { ignored: 'ping' })
    assert.equal(jobs.length, 0)
  })

  it('A16 A22 of an unknown repository, of another one, or wrongly signed is refused with the same words', async () => {
    const { jobs, receive } = setUp()
    const elsewhere = (full_name: string) =>
      withPayload(update, {
        ...payloadOf(update),
        repository: { full_name, html_url: `https://github.com/${full_name}` },
      })
    const other = elsewhere('acme/other')
    const unknown = elsewhere('acme/unknown')
    const refusals = await Promise.all(
      [
        receive(other),
        receive(unknown),
        receive(update, signed(update, 'wrong')),
        receive(update, update.headers),
        receive(update, signed(update, 'other')),
      ].map((receiving) =>
        receiving.then(
          () => assert.fail('accepted'),
          (error) => error,
        ),
      ),
    )
    for (const { status, code, message, hint } of refusals) {
      assert.deepEqual([status, code, message, hint], [401, 'NOT_ACCEPTED', refusals[0].message, refusals[0].hint])
    }
    assert.equal(jobs.length, 0)
  })

  it('A19 that comes again under a new id is a duplicate', async () => {
    const { jobs, receive } = setUp()
    const first = await receive(update)
    assert.ok('job' in first)
    const again = await receive(update, { ...signed(update), 'x-github-delivery': 'another' })
    assert.deepEqual(again, { duplicate: first.job })
    assert.equal(jobs.length, 1)
  })

  it('that finds the spool full is answered "later" and accepted when it comes again', async () => {
    let full = true
    const put = async () => {
      if (full) throw new SpoolFull('/spool')
    }
    const { receive } = setUp({ spool: { put } })
    await assert.rejects(receive(update), { status: 503, code: 'SPOOL_FULL', retryAfterSeconds: 60 })
    full = false
    assert.ok('job' in (await receive(update)))
  })

  it('A11 whose job file would be over the limit is too large', async () => {
    const { receive } = setUp()
    const text = update.body.toString('utf8').replace('{', `{"padding":"${'x'.repeat(31 * 1024 * 1024)}",`)
    await assert.rejects(receive({ ...update, body: Buffer.from(text) }), { status: 413 })
  })
})
