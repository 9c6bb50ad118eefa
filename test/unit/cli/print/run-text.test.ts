import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { runText } from '../../../../cli/print/run-text.ts'
import { sampleRun } from '../../../support/sample-run.ts'
import { fakeCli } from '../fake-cli.ts'

const step = {
  index: 0,
  action: 'test' as const,
  name: 'unit tests',
  state: 'failed' as const,
  startedAt: '2026-11-21T05:00:01.000Z',
  finishedAt: '2026-11-21T05:00:04.000Z',
  exitCode: 3,
  error: { code: 'TEST_FAILED', message: 'two tests failed', hint: 'see the log' },
  outputs: { image: null, imageId: null, digest: null, tags: [], versionLabel: null, address: null, health: null },
  takenFrom: null,
}

suite('a run in words', () => {
  test('a failed step shows its exit code, its error and the hint', () => {
    const text = runText(sampleRun({ state: 'failed', steps: [step] }), fakeCli().cli)
    assert.match(text, /1\. test: unit tests {2,}failed {2,}3\.0 s {2}exit code 3/)
    assert.match(text, /two tests failed\n {5}hint: see the log/)
  })

  test('what was pushed is shown with its digest', () => {
    const outputs = { ...step.outputs, tags: ['registry.example.com/acme/shop:1.2'], digest: 'sha256:abc' }
    const run = sampleRun({
      steps: [{ ...step, action: 'push', state: 'succeeded', exitCode: null, error: null, outputs }],
    })
    const text = runText(run, fakeCli().cli)
    assert.match(text, /pushed registry\.example\.com\/acme\/shop:1\.2\n.*digest sha256:abc/)
  })

  test('a message of the forge cannot draw on the terminal', () => {
    const text = runText(sampleRun({ message: 'fine\u001b[2J\u001b]0;x\u0007', author: 'A\u202eda' }), fakeCli().cli)
    assert.ok(!text.includes('\u001b') && !text.includes('\u202e'))
  })

  test('it says what one may do next', () => {
    assert.match(runText(sampleRun({ state: 'running' }), fakeCli().cli), /letterbox cancel/)
    const ended = sampleRun({ state: 'failed', finishedAt: '2026-11-21T05:00:04.000Z' })
    assert.match(runText(ended, fakeCli().cli), /letterbox retry/)
  })
})
