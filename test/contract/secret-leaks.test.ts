import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { SecretLeaked } from '../../worker/secrets/secret-leaked.ts'
import { startRunStand } from '../support/run-stand.ts'
import type { Triggers } from '../support/stand.ts'

const SECRET = 'token-of-the-shop-0815'
const secrets = { TOKEN: { env: 'TOKEN' } }
const TRIGGER: Triggers = [
  {
    on: 'push',
    steps: [
      { script: { run: ['/bin/true'] }, name: 'first' },
      { script: { run: ['/bin/true'], secrets }, name: 'second', allowFailure: true },
    ],
  },
]

suite('a run whose steps were given secrets', () => {
  test('succeeds when none is found anywhere, and is not searched when it was given none', async (t) => {
    const stand = startRunStand(t, {
      triggers: TRIGGER,
      play: async (step, context) => {
        if (step.name === 'first') context.io.say(SECRET)
        return {}
      },
      change: { resolveSecret: () => SECRET },
    })
    const run = await stand.carryOut(stand.queued())
    assert.equal(run.state, 'succeeded')
  })

  test('fails when its log holds one that was said before it was known, names the sink, and masks the log', async (t) => {
    const stand = startRunStand(t, {
      triggers: TRIGGER,
      play: async (step, context) => {
        if (step.name === 'first') context.io.stdout(`${Buffer.from(`x${SECRET}`).toString('base64')}\n${SECRET}\n`)
        else context.secrets.hand([{ name: 'TOKEN', value: context.secret({ env: 'TOKEN' }) }])
        return {}
      },
      change: { resolveSecret: () => SECRET },
    })
    const run = await stand.carryOut(stand.queued())
    assert.equal(run.state, 'failed')
    assert.equal(run.reason, 'SECRET_LEAKED: the environment variable TOKEN was found in the run log')
    assert.doesNotMatch(
      stand.said(run).join('\n'),
      new RegExp(`${SECRET}|${Buffer.from(SECRET).toString('base64').slice(3, 20)}`),
    )
    const [entry] = stand.store.audit({ action: 'secret-leaked' })
    assert.deepEqual([entry?.run, entry?.by], [run.id, 'ada'])
  })

  test('fails when a row of the store holds one', async (t) => {
    const stand = startRunStand(t, {
      triggers: TRIGGER,
      play: async (step, context) => {
        if (step.name === 'first') return { outputs: { address: `https://${SECRET}.example.com` } }
        context.secrets.hand([{ name: 'TOKEN', value: context.secret({ env: 'TOKEN' }) }])
        return {}
      },
      change: { resolveSecret: () => SECRET },
    })
    const run = await stand.carryOut(stand.queued())
    assert.match(run.reason ?? '', /SECRET_LEAKED: .* found in the store's record/)
  })

  test('sends no mail that holds one: the run fails, and its other mails say why', async (t) => {
    const stand = startRunStand(t, {
      triggers: TRIGGER,
      play: async (_step, context) => {
        context.secrets.hand([{ name: 'TOKEN', value: context.secret({ env: 'TOKEN' }) }])
        return {}
      },
      change: {
        resolveSecret: () => SECRET,
        mailsOf: ({ run }) => [
          { id: `${run.id}-a`, messageId: '<a@x>', payload: JSON.stringify({ text: SECRET }) },
          { id: `${run.id}-b`, messageId: '<b@x>', payload: JSON.stringify({ text: run.reason }) },
        ],
      },
    })
    const run = await stand.carryOut(stand.queued())
    assert.match(run.reason ?? '', /found in a mail/)
    const mails = stand.store.outboxDue('2999-01-01T00:00:00.000Z')
    assert.deepEqual(
      mails.map(({ messageId, payload }) => [messageId, /SECRET_LEAKED/.test(payload)]),
      [['<b@x>', true]],
    )
  })

  test('fails with a step that leaks, also with one that may fail', async (t) => {
    const stand = startRunStand(t, {
      triggers: TRIGGER,
      play: async (step) => {
        if (step.name === 'second') throw new SecretLeaked('TOKEN', 'the history of the image acme/shop')
        return {}
      },
    })
    const run = await stand.carryOut(stand.queued())
    assert.equal(run.state, 'failed')
    assert.equal(run.steps[1]?.error?.code, 'SECRET_LEAKED')
    assert.equal(stand.store.audit({ action: 'secret-leaked' }).length, 1)
  })

  test('of a sender who is not trusted runs without them, and the audit log tells it', async (t) => {
    const [trigger] = TRIGGER
    assert.ok(trigger)
    const stand = startRunStand(t, {
      triggers: [{ ...trigger, trusted: ['grace'] }],
      play: async (_step, context) => {
        assert.equal(context.secrets.withheld, "ada is not in the trigger's list of trusted senders")
        return {}
      },
    })
    const run = await stand.carryOut(stand.queued())
    assert.equal(run.state, 'succeeded')
    const [entry] = stand.store.audit({ action: 'secrets-withheld' })
    assert.match(entry?.detail ?? '', /^TOKEN from second: ada is not/)
  })

  test('that goes on after a killed worker is searched for what the earlier life gave away', async (t) => {
    const stand = startRunStand(t, {
      triggers: TRIGGER,
      play: async () => ({}),
      change: { resolveSecret: () => SECRET },
    })
    const run = stand.queued()
    stand.store.startRun(run.id, new Date().toISOString())
    const error = { code: 'EXIT_CODE', message: `it said ${SECRET}`, hint: null }
    stand.store.setStep(run.id, 1, { state: 'failed', startedAt: new Date().toISOString(), error })
    const ended = await stand.carryOut(stand.record(run))
    assert.match(ended.reason ?? '', /SECRET_LEAKED/)
  })
})
