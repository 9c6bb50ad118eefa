import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Run } from '../../../../job/run.ts'
import { mailOccasion, type TriggerMail } from '../../../../worker/report/mail-occasion.ts'
import { sampleRun } from './sample-facts.ts'

function mailed(on: TriggerMail['on'], state: Run['state'], before: Run['state'] | null): boolean {
  const previous = before === null ? null : sampleRun({ number: 11, state: before })
  return mailOccasion(sampleRun({ state }), previous, on).kind === 'mail'
}

test('always mails every end but a skipped run', () => {
  for (const state of ['succeeded', 'failed', 'canceled'] as const) assert.ok(mailed('always', state, null), state)
  assert.ok(!mailed('always', 'skipped', 'failed'))
})

test('failure mails failures alone', () => {
  assert.ok(mailed('failure', 'failed', 'failed'))
  for (const state of ['succeeded', 'canceled', 'skipped'] as const)
    assert.ok(!mailed('failure', state, 'failed'), state)
})

test('change mails when the state differs from the run before, and of a first run only the failure', () => {
  assert.ok(mailed('change', 'failed', 'succeeded'))
  assert.ok(mailed('change', 'succeeded', 'failed'))
  assert.ok(mailed('change', 'failed', null))
  assert.ok(!mailed('change', 'succeeded', null))
  assert.ok(!mailed('change', 'failed', 'failed'))
  assert.ok(!mailed('change', 'succeeded', 'succeeded'))
  assert.ok(!mailed('change', 'canceled', 'succeeded'))
})

test('the reason names the run it was compared with', () => {
  assert.deepEqual(mailOccasion(sampleRun(), sampleRun({ number: 11 }), 'change'), {
    kind: 'nothing-to-send',
    reason: 'the run succeeded as run #11 did before, and mail is on change',
  })
})
