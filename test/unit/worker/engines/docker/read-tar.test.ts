import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { test } from 'node:test'
import { pack } from 'tar-fs'
import { tarEntries } from '../../../../../worker/engines/docker/read-tar.ts'

async function tarOf(files: Record<string, string>): Promise<Buffer> {
  const archive = pack('/', {
    entries: [],
    finalize: false,
    finish(tar) {
      for (const [name, content] of Object.entries(files)) tar.entry({ name }, content)
      tar.finalize()
    },
  })
  return buffer(archive)
}

async function read(tar: Buffer, chunk: number, wanted = (_name: string) => true): Promise<Record<string, string>> {
  const chunks = Array.from({ length: Math.ceil(tar.length / chunk) }, (_, at) =>
    tar.subarray(at * chunk, (at + 1) * chunk),
  )
  const found: Record<string, string> = {}
  for await (const { name, content } of tarEntries(Readable.from(chunks))) {
    if (wanted(name)) found[name] = (await buffer(content)).toString()
  }
  return found
}

const FILES = { empty: '', 'a/b.txt': 'x'.repeat(512), long: 'y'.repeat(5000), last: 'end' }

test('every entry is read whole, however the archive is cut', async () => {
  const tar = await tarOf(FILES)
  for (const chunk of [1, 100, 512, 700, 100_000]) assert.deepEqual(await read(tar, chunk), FILES)
})

test('what is not read of an entry is passed over', async () => {
  assert.deepEqual(await read(await tarOf(FILES), 700, (name) => name === 'last'), { last: 'end' })
})

test('an archive that breaks off is an error', async () => {
  const tar = await tarOf(FILES)
  await assert.rejects(read(tar.subarray(0, 3000), 512), /breaks off/)
})
