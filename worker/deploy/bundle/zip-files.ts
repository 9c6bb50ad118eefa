import { PassThrough, Readable } from 'node:stream'
import { ZipFile } from 'yazl'
import { type BundleFile, readContent } from './bundle-file.ts'

/** The first moment that a zip can name, in local time as zip means it, so that it is the same bytes everywhere. */
const MTIME = new Date(1980, 0, 1)

/** The files as a zip, in their order. The same files make the same bytes. */
export function zipFiles(files: readonly BundleFile[]): Readable {
  const zip = new ZipFile()
  const out = new PassThrough()
  zip.outputStream.pipe(out)
  zip.on('error', (error: Error) => out.destroy(error))
  for (const file of files)
    zip.addReadStreamLazy(file.path, { mtime: MTIME, mode: file.mode, forceDosTimestamp: true }, (give) =>
      give(null, Readable.from(readContent(file))),
    )
  zip.end()
  return out
}
