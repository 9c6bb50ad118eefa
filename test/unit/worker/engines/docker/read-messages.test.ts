import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import { type EngineMessage, readMessages } from '../../../../../worker/engines/docker/read-messages.ts'
import { EngineUnavailable } from '../../../../../worker/engines/engine-errors.ts'

test('messages are read whole, also when cut inside of a character', async () => {
  const bytes = Buffer.from('{"stream":"grüße"}\r\n{"error":"no"}\n\n{"status":"end"}')
  for (let at = 1; at < bytes.length; at++) {
    const messages = await read([bytes.subarray(0, at), bytes.subarray(at)])
    assert.deepEqual(messages, [{ stream: 'grüße' }, { error: 'no' }, { status: 'end' }])
  }
})

test('what is no message is passed over, whatever it is', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 50 })), async (chunks) => {
      await read(chunks.map((chunk) => Buffer.from(chunk)))
    }),
  )
  assert.deepEqual(await read([Buffer.from('[]\n"x"\n{"stream":5}\n{"stream":"x"}\n')]), [{ stream: 'x' }])
})

test('a stream that breaks off is an engine that went away', async () => {
  const broken = new Readable({
    read() {
      this.destroy(Object.assign(new Error('aborted'), { code: 'ECONNRESET' }))
    },
  })
  await assert.rejects(Array.fromAsync(readMessages(broken)), EngineUnavailable)
})

async function read(chunks: Buffer[]): Promise<EngineMessage[]> {
  return Array.fromAsync(readMessages(Readable.from(chunks)))
}
