import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { codes, type DiagnosticCode } from './diagnose/codes.ts'
import type { Diagnostic } from './diagnostic.ts'

/** A config over this size (bytes) is refused unread. */
export const MAX_CONFIG_BYTES = 1024 * 1024

/** The text of the file, or why there is none. Only ordinary files are read: a pipe would block for ever. */
export async function readConfigFile(file: string): Promise<{ text: string } | { diagnostic: Diagnostic }> {
  try {
    const bytes = await readBytes(file)
    if (typeof bytes === 'string') return { diagnostic: fileDiagnostic(bytes, file) }
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) }
  } catch (error) {
    return { diagnostic: fileDiagnostic(codeOf(error), file, error) }
  }
}

async function readBytes(file: string): Promise<Uint8Array | DiagnosticCode> {
  // Opening a pipe without a writer must not hang.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stat = await handle.stat()
    if (stat.isDirectory()) return 'FILE_IS_FOLDER'
    if (!stat.isFile()) return 'FILE_UNREADABLE'
    if (stat.size > MAX_CONFIG_BYTES) return 'FILE_TOO_LARGE'
    const buffer = new Uint8Array(MAX_CONFIG_BYTES + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, length, buffer.length - length)
      length += bytesRead
      if (length > MAX_CONFIG_BYTES) return 'FILE_TOO_LARGE'
      if (bytesRead === 0) return buffer.subarray(0, length)
    }
  } finally {
    await handle.close()
  }
}

function codeOf(error: unknown): DiagnosticCode {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'FILE_NOT_FOUND'
  if (code === 'EISDIR') return 'FILE_IS_FOLDER'
  return error instanceof TypeError ? 'FILE_NOT_UTF8' : 'FILE_UNREADABLE'
}

function fileDiagnostic(code: DiagnosticCode, file: string, error?: unknown): Diagnostic {
  const { meaning, why, fix } = codes[code]
  const system =
    code === 'FILE_UNREADABLE' && error instanceof Error && 'code' in error ? ` (${String(error.code)})` : ''
  const message = `${meaning.replace(/\.$/, '')}${system}`
  return { severity: 'error', code, file, line: 1, column: 1, path: [], message, frame: '', why, fix, didYouMean: null }
}
