import { inflateRawSync } from 'node:zlib'

export type ZipEntry = { text: string; mode: number }

/** The entries of a zip by their names. @see PKWARE "APPNOTE.TXT", 4.3: central directory
 *  @throws for what is no zip */
export function readZip(zip: Buffer): Map<string, ZipEntry> {
  const end = zip.lastIndexOf(Buffer.from('PK\x05\x06'))
  if (end === -1) throw new Error('no zip: it has no end of central directory')
  const count = zip.readUInt16LE(end + 10)
  const entries = new Map<string, ZipEntry>()
  for (let at = zip.readUInt32LE(end + 16), index = 0; index < count; index++) {
    const method = zip.readUInt16LE(at + 10)
    const compressed = zip.readUInt32LE(at + 20)
    const [nameLength = 0, extraLength = 0, commentLength = 0] = [28, 30, 32].map((part) => zip.readUInt16LE(at + part))
    const mode = zip.readUInt32LE(at + 38) >>> 16
    const local = zip.readUInt32LE(at + 42)
    const name = zip.subarray(at + 46, at + 46 + nameLength).toString()
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28)
    const bytes = zip.subarray(start, start + compressed)
    entries.set(name, { text: (method === 8 ? inflateRawSync(bytes) : bytes).toString(), mode })
    at += 46 + nameLength + extraLength + commentLength
  }
  return entries
}
