import { join } from 'node:path'
import { PassThrough, pipeline, type Readable } from 'node:stream'
import { Worker } from 'node:worker_threads'
import { type Headers, type PackOptions, pack } from 'tar-fs'
import { BuildContextTooLarge, BuildContextUnreadable } from '../engine-errors.ts'
import { type IgnoreRules, readIgnoreRules } from './ignore-rules.ts'
import { type ContextTree, type ContextWalk, walkContext } from './walk-context.ts'

export type BuildContext = { folder: string; dockerfile: string; maxBytes: number; signal: AbortSignal }

/** A hostile .dockerignore can make matching take for ever; nobody's honest one takes this long. */
const WALK_MAX_MS = 120_000

/** Packs a folder for the builder: what .dockerignore leaves, links as links, regular files and folders only, owned by
 *  root, without setuid bits. Never reads outside the folder.
 *  @throws BuildContextTooLarge, BuildContextUnreadable */
export async function packContext(context: BuildContext): Promise<{ tar: Readable; bytes: number; files: number }> {
  const rules = await readIgnoreRules(context.folder, context.dockerfile)
  const tree = await walk({ folder: context.folder, rules, maxBytes: context.maxBytes }, context.signal)
  if (tree.tooLarge !== null) {
    throw new BuildContextTooLarge({ bytes: tree.bytes, maxBytes: context.maxBytes, file: tree.tooLarge })
  }
  const included = new Set(tree.paths.map((path) => join(context.folder, path)))
  const options: PackOptions & { umask: number } = {
    ignore: (path) => !included.has(path),
    map: asRoot,
    strict: false,
    umask: 0,
  }
  const tar = new PassThrough()
  // an error of the packing destroys `tar` with it, and so the request that sends it
  pipeline(pack(context.folder, options), tar, () => {})
  return { tar, bytes: tree.bytes, files: tree.paths.length }
}

function asRoot(header: Headers): Headers {
  return { ...header, uid: 0, gid: 0, mode: header.mode & 0o777 }
}

/** Without rules there is nothing that could hang; with rules the walk goes to a thread that can be ended. */
function walk(task: ContextWalk, signal: AbortSignal): Promise<ContextTree> {
  return task.rules ? walkInThread(task, task.rules, signal) : walkContext(task)
}

async function walkInThread(task: ContextWalk, rules: IgnoreRules, signal: AbortSignal): Promise<ContextTree> {
  const thread = new Worker(new URL('./walk-context-thread.ts', import.meta.url), { workerData: task })
  const { promise, resolve, reject } = Promise.withResolvers<ContextTree>()
  const tooLong = () => reject(new BuildContextUnreadable(`${rules.file} takes too long to match`, { hint: HINT }))
  const timer = setTimeout(tooLong, WALK_MAX_MS)
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort)
  thread.once('message', resolve)
  thread.once('error', reject)
  try {
    signal.throwIfAborted()
    return await promise
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
    await thread.terminate()
  }
}

const HINT = 'Use fewer `*` and `**` in one pattern.'
