import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createDemux } from '../../../../../worker/engines/docker/demux.ts'

test('stdout and stderr come apart however the stream is cut', () => {
  const frames = fc.array(fc.record({ stderr: fc.boolean(), data: fc.uint8Array({ maxLength: 40 }) }))
  fc.assert(
    fc.property(frames, fc.array(fc.integer({ min: 1, max: 30 })), (sent, cuts) => {
      const got = collect(cut(Buffer.concat(sent.map(frame)), cuts))
      assert.deepEqual(got.stdout, Buffer.concat(sent.filter(({ stderr }) => !stderr).map(({ data }) => data)))
      assert.deepEqual(got.stderr, Buffer.concat(sent.filter(({ stderr }) => stderr).map(({ data }) => data)))
    }),
  )
})

test('a hundred thousand one-byte frames in one chunk are read without filling the stack', () => {
  const crumb = frame({ stderr: false, data: Buffer.from('x') })
  const got = collect([Buffer.concat(Array.from({ length: 100_000 }, () => crumb))])
  assert.equal(got.stdout.length, 100_000)
})

function frame({ stderr, data }: { stderr: boolean; data: Uint8Array }): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt8(stderr ? 2 : 1, 0)
  header.writeUInt32BE(data.length, 4)
  return Buffer.concat([header, data])
}

function cut(bytes: Buffer, lengths: number[]): Buffer[] {
  const pieces: Buffer[] = []
  let at = 0
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length))
    at += length
  }
  return [...pieces, bytes.subarray(at)]
}

function collect(chunks: Buffer[]) {
  const stdout: Uint8Array[] = []
  const stderr: Uint8Array[] = []
  const feed = createDemux({ stdout: (chunk) => stdout.push(chunk), stderr: (chunk) => stderr.push(chunk) })
  for (const chunk of chunks) feed(chunk)
  return { stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr) }
}
