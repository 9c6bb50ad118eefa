import assert from 'node:assert/strict'
import { test } from 'node:test'
import { factsEnvironment } from '../../../../worker/steps/environment.ts'
import { sampleEvent } from '../../../support/sample-run.ts'

const run = { id: '01KRUN', number: 12 }

test('tests and scripts find the facts; what the event does not say is left out', () => {
  const environment = factsEnvironment({ run, event: sampleEvent(), commit: 'a'.repeat(40), workspace: null })
  assert.equal(environment.LETTERBOX_REPOSITORY, 'github.com/acme/shop')
  assert.equal(environment.LETTERBOX_REPOSITORY_OWNER, 'acme')
  assert.equal(environment.LETTERBOX_SHORT_COMMIT, 'a'.repeat(12))
  assert.equal(environment.LETTERBOX_RUN_NUMBER, '12')
  assert.equal('LETTERBOX_TAG' in environment, false)
})

test('B04: a message is cut to 4 KiB between characters, and a NUL is no part of a value', () => {
  const event = sampleEvent({ message: `a\0b${'ü'.repeat(5000)}` })
  const { LETTERBOX_MESSAGE = '' } = factsEnvironment({ run, event, commit: null, workspace: null })
  assert.ok(Buffer.byteLength(LETTERBOX_MESSAGE) <= 4096)
  assert.match(LETTERBOX_MESSAGE, /^abü+$/)
})

test('B06, D06: forge text is a value of one variable, whatever it holds', () => {
  const branch = 'x;touch$IFS/tmp/p\n`id`$(id)'
  const environment = factsEnvironment({ run, event: sampleEvent({ branch }), commit: null, workspace: null })
  assert.equal(environment.LETTERBOX_BRANCH, branch)
  assert.ok(Object.keys(environment).every((name) => /^LETTERBOX_[A-Z_]+$/.test(name)))
})
