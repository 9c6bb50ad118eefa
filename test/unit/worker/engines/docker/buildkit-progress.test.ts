import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBuildOutput } from '../../../../../worker/engines/docker/build-output.ts'
import { createBuildKitProgress } from '../../../../../worker/engines/docker/buildkit-progress.ts'
import { type BuildKitStatus, decodeBuildKitStatus } from '../../../../../worker/engines/docker/buildkit-status.ts'

const vertex = { digest: 'sha256:a', name: '[1/2] RUN make', cached: false, started: null, completed: null, error: '' }
const at = (seconds: number) => ({ seconds, nanos: 500_000_000 })

test('an instruction is shown when it begins, with its output, and when it ends with its time', () => {
  const shown = show([
    status({ vertexes: [{ ...vertex, started: at(1) }] }),
    status({ logs: [log('sha256:a', 1, 'compiling'), log('sha256:a', 2, 'warning\n')] }),
    status({ vertexes: [{ ...vertex, started: at(1), completed: at(3) }] }),
    status({ vertexes: [{ ...vertex, started: at(1), completed: at(3) }] }),
  ])
  assert.equal(shown.stdout, '#1 [1/2] RUN make\ncompiling#1 DONE 2.0s\n')
  assert.equal(shown.stderr, 'warning\n')
})

test('instructions that run at once are told apart, and no line of one ends in a line of the other', () => {
  const other = { ...vertex, digest: 'sha256:b', name: '[2/2] RUN test', started: at(1) }
  const { stdout } = show([
    status({ vertexes: [{ ...vertex, started: at(1) }, other] }),
    status({ logs: [log('sha256:a', 1, 'one'), log('sha256:b', 1, 'two\n'), log('sha256:a', 1, 'three\n')] }),
  ])
  assert.equal(
    stdout,
    ['#1 [1/2] RUN make', '#2 [2/2] RUN test', '#1 [1/2] RUN make', 'one', '#2 [2/2] RUN test', 'two']
      .concat(['#1 [1/2] RUN make', 'three', ''])
      .join('\n'),
  )
})

test('cached and failed instructions say so', () => {
  const cached = { ...vertex, started: at(1), completed: at(1), cached: true }
  const failed = { ...vertex, digest: 'sha256:b', started: at(1), completed: at(2), error: 'exit code: 1' }
  const { stdout } = show([status({ vertexes: [cached, failed] })])
  assert.match(stdout, /^#1 CACHED$/m)
  assert.match(stdout, /^#2 ERROR: exit code: 1$/m)
})

test('a character cut in two by the builder comes out whole', () => {
  const bytes = Buffer.from('ü\n')
  const start = status({ vertexes: [{ ...vertex, started: at(1) }] })
  const pieces = [bytes.subarray(0, 1), bytes.subarray(1)].map((msg) =>
    status({ logs: [{ vertex: 'sha256:a', stream: 1, msg }] }),
  )
  assert.equal(show([start, ...pieces]).stdout, '#1 [1/2] RUN make\nü\n')
})

test("BuildKit's own bytes are read", () => {
  const aux =
    'CnwKR3NoYTI1NjoxMGIwYzY3Y2YyNDVhY2E0NjhhM2Y0YzM3MDc3MDg4YTVkMmUxNmM4ZWExODAyZGRlMmE5MDllMzkyY2JkZDgxGiRbaW50ZXJuYWxdIGxvYWQgcmVtb3RlIGJ1aWxkIGNvbnRleHQqCwjnqoXYBhC96ool'
  const [first] = decodeBuildKitStatus(aux).vertexes
  assert.equal(first?.name, '[internal] load remote build context')
  assert.deepEqual([first?.completed ?? null, first?.cached], [null, false])
})

test('bytes that are no progress are no news, and never an error', () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodeBuildKitStatus(Buffer.from(bytes).toString('base64'))))
  for (const aux of [null, undefined, 5, {}, '']) assert.deepEqual(decodeBuildKitStatus(aux).vertexes, [])
})

test("the classic builder's messages are shown, what programs wrote to stderr apart", () => {
  const heard = { stdout: '', stderr: '' }
  const output = createBuildOutput(recorder(heard))
  output.read({ stream: 'Step 1/2 : RUN x\n' })
  output.read({ stream: '\u001b[91moops\n\u001b[0m' })
  output.read({ status: 'Downloading', id: 'abc', progress: '[=>]' })
  output.read({ status: 'Pull complete', id: 'abc' })
  output.read({ aux: { ID: 'sha256:1' } })
  assert.deepEqual(heard, { stdout: 'Step 1/2 : RUN x\nabc: Pull complete\n', stderr: 'oops\n' })
  assert.equal(output.result().imageId, 'sha256:1')
})

function status(change: Partial<BuildKitStatus>): BuildKitStatus {
  return { vertexes: [], logs: [], warnings: [], ...change }
}

function log(vertexDigest: string, stream: number, text: string) {
  return { vertex: vertexDigest, stream, msg: Buffer.from(text) }
}

function show(news: BuildKitStatus[]) {
  const heard = { stdout: '', stderr: '' }
  const progress = createBuildKitProgress(recorder(heard))
  for (const one of news) progress(one)
  return heard
}

function recorder(heard: { stdout: string; stderr: string }) {
  return {
    stdout(chunk: string | Uint8Array) {
      heard.stdout += Buffer.from(chunk).toString()
    },
    stderr(chunk: string | Uint8Array) {
      heard.stderr += Buffer.from(chunk).toString()
    },
  }
}
