import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { type LogView, printLog } from '../../../../cli/logs/print-log.ts'
import type { RunStep } from '../../../../job/run.ts'
import type { RunLogLine } from '../../../../job/run-log-line.ts'
import { sampleRun } from '../../../support/sample-run.ts'
import { fakeCli } from '../fake-cli.ts'

const TIME = '2026-11-21T05:00:01.000Z'
const outputs = { image: null, imageId: null, digest: null, tags: [], versionLabel: null, address: null, health: null }
const steps: RunStep[] = [
  {
    index: 0,
    action: 'build',
    name: 'build',
    state: 'succeeded',
    startedAt: TIME,
    finishedAt: '2026-11-21T05:00:03.500Z',
    exitCode: null,
    error: null,
    outputs,
    takenFrom: null,
  },
  {
    index: 1,
    action: 'test',
    name: 'unit',
    state: 'failed',
    startedAt: TIME,
    finishedAt: TIME,
    exitCode: 3,
    error: null,
    outputs,
    takenFrom: null,
  },
]
const run = sampleRun({
  number: 12,
  state: 'failed',
  reason: 'step unit failed',
  startedAt: TIME,
  finishedAt: '2026-11-21T05:00:13.000Z',
  steps,
})
const LINES: RunLogLine[] = [
  { time: TIME, step: null, stream: 'letterbox', text: 'fetched main' },
  { time: TIME, step: 0, stream: 'stdout', text: 'layer 1' },
  { time: TIME, step: 1, stream: 'stderr', text: 'oh\u001b[2J no' },
]

async function printed(change: Partial<LogView>): Promise<string> {
  const { cli, said } = fakeCli()
  await printLog(cli, { lines: from(LINES), run: () => run, step: null, json: false, ...change })
  return said()
}

async function* from(lines: RunLogLine[]): AsyncGenerator<RunLogLine> {
  yield* lines
}

suite('a run log in words', () => {
  test('each step has a header with how it ended, and the run a last line', async () => {
    const text = (await printed({})).replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
    assert.equal(
      text,
      [
        'TIME   » fetched main',
        '── 1. build  succeeded  2.5 s',
        'TIME   layer 1',
        '── 2. test: unit  failed, exit code 3  0.0 s',
        'TIME ! oh no',
        '── github.com/acme/shop#12 failed: step unit failed  12 s',
        '',
      ].join('\n'),
    )
  })

  test('one step alone', async () => {
    const text = await printed({ step: 1 })
    assert.doesNotMatch(text, /layer 1|fetched/)
    assert.match(text, /oh no/)
  })

  test('JSON lines are as they are kept', async () => {
    const text = await printed({ json: true })
    assert.deepEqual(
      text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
      LINES,
    )
  })
})
