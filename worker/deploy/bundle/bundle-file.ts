import { constants } from 'node:fs'
import { open } from 'node:fs/promises'

/** One entry of a bundle. `path` is relative, with `/`. `mode` is as git keeps it: 0o100644, 0o100755, or 0o120000 for
 *  a link, whose bytes are what it points to. */
export type BundleFile = {
  path: string
  mode: number
  content: { file: string } | { bytes: Buffer }
  /** what stands for the content when two bundles are compared: the same without the digest of the image */
  alike?: Buffer
}

/** The content in chunks. A link in place of a file is never followed. @see open(2) O_NOFOLLOW */
export async function* readContent({ content }: BundleFile): AsyncGenerator<Uint8Array> {
  if ('bytes' in content) {
    yield content.bytes
    return
  }
  const handle = await open(content.file, constants.O_RDONLY | constants.O_NOFOLLOW)
  try {
    for await (const chunk of handle.createReadStream({ autoClose: false })) yield chunk
  } finally {
    await handle.close()
  }
}

/** A file of ours in a bundle. */
export function writtenFile(path: string, text: string, alike: string = text): BundleFile {
  return { path, mode: 0o100644, content: { bytes: Buffer.from(text) }, alike: Buffer.from(alike) }
}
