const BLOCK = 512

export type TarEntry = { name: string; content: AsyncGenerator<Buffer> }

/** The entries of a tar as they come, nothing kept in memory. What is not read of an entry is passed over when the next is
 *  asked for. Extended headers come as entries of their own. @see POSIX.1-2017 pax, "ustar Interchange Format" */
export async function* tarEntries(stream: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const source = createSource(stream)
  for (;;) {
    const header = await source.exactly(BLOCK)
    if (header === null || header.every((byte) => byte === 0)) return
    const size = sizeOf(header)
    let left = size
    async function* content(): AsyncGenerator<Buffer> {
      while (left > 0) {
        const chunk = await source.atMost(left)
        left -= chunk.length
        yield chunk
      }
    }
    yield { name: nameOf(header), content: content() }
    while (left > 0) left -= (await source.atMost(left)).length
    await source.exactly((BLOCK - (size % BLOCK)) % BLOCK)
  }
}

function createSource(stream: AsyncIterable<Buffer>) {
  const chunks = stream[Symbol.asyncIterator]()
  let rest: Buffer = Buffer.alloc(0)

  async function more(): Promise<boolean> {
    const next = await chunks.next()
    if (next.done) return false
    rest = rest.length === 0 ? next.value : Buffer.concat([rest, next.value])
    return true
  }

  function take(bytes: number): Buffer {
    const taken = rest.subarray(0, bytes)
    rest = rest.subarray(taken.length)
    return taken
  }

  return {
    /** null at the end of the stream */
    async exactly(bytes: number): Promise<Buffer | null> {
      while (rest.length < bytes) {
        if (await more()) continue
        if (rest.length === 0) return null
        throw new Error('the archive breaks off')
      }
      return take(bytes)
    },
    async atMost(bytes: number): Promise<Buffer> {
      if (rest.length === 0 && !(await more())) throw new Error('the archive breaks off')
      return take(bytes)
    },
  }
}

function nameOf(header: Buffer): string {
  const [name = '', prefix = ''] = [header.subarray(0, 100), header.subarray(345, 500)].map(
    (field) => field.toString('utf8').split('\0', 1)[0],
  )
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Octal, or for eight gigabytes and more GNU's big-endian number. */
function sizeOf(header: Buffer): number {
  const field = header.subarray(124, 136)
  if (((field[0] ?? 0) & 0x80) !== 0) return Number(field.readBigUInt64BE(4))
  const size = Number.parseInt(
    field
      .toString('latin1')
      .replace(/[\0 ]+$/, '')
      .trim() || '0',
    8,
  )
  if (Number.isNaN(size)) throw new Error('the archive has a header without a size')
  return size
}
