import assert from 'node:assert/strict'
import { test } from 'node:test'
import { logAttachment, MAX_ATTACHMENT_BYTES } from '../../../../worker/report/log-attachment.ts'
import { logLine } from './sample-facts.ts'

const about = { name: 'run-12.log', title: 'Log of run #12 of acme/shop, main', steps: ['build', 'unit tests'] }

test('the attached log names time, step and stream of each line, without colours', async () => {
  const text = await logAttachment(about, [
    logLine('fetching', { step: null, stream: 'letterbox' }),
    logLine('\x1b[32mok\x1b[0m', { step: 0 }),
    logLine('warning', { step: 1, stream: 'stderr' }),
  ])
  assert.equal(
    text,
    [
      'Log of run #12 of acme/shop, main. Times are UTC; | stdout, ! stderr, # Letterbox',
      '',
      '05:01:00.000 run        # fetching',
      '05:01:00.000 build      | ok',
      '05:01:00.000 unit tests ! warning',
      '',
    ].join('\n'),
  )
})

test('of a long log the last part is attached, and it says so', async () => {
  function* long() {
    for (let line = 0; line < 50_000; line += 1) yield logLine(`line ${line} ${'ä'.repeat(40)}`)
  }
  const text = await logAttachment(about, long())
  assert.ok(Buffer.byteLength(text) <= MAX_ATTACHMENT_BYTES + 500)
  assert.match(text, /… the first \d+ lines are left out here\n/)
  assert.match(text, /line 49999 ä+\n$/)
  assert.doesNotMatch(text, /line 0 /)
})
