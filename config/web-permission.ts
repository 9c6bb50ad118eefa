import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { dataFolder } from '../job/data-folder.ts'
import { loadConfig } from './load.ts'
import type { Config } from './schema.ts'

export type WebProgram = { config: string; data: string; blind: boolean }

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** What the web program's own code is made of. */
const CODE = ['webhook', 'config', 'forge', 'job', 'node_modules']

/** Node's flags that bound the web program: it reads its code, the config's folder, the data folder's spool and state, and
 *  the secret files that the config names now; it writes job files. No processes, no threads, no addons, no WASI.
 *  @see Node.js documentation, "Permissions", Process-based permissions. Databases opened by node:sqlite are not bound by
 *  them: what SQLite may open is the business of the user it runs as. */
export async function webPermissionFlags(web: WebProgram, env: NodeJS.ProcessEnv): Promise<string[]> {
  const folder = dataFolder(resolve(web.data))
  const read = [
    ...CODE.flatMap((room) => whole(join(ROOT, room))),
    join(ROOT, 'package.json'),
    ...[folder.spoolTmp, folder.spoolNew, folder.state].flatMap(whole),
    ...(web.blind ? [] : [...whole(dirname(resolve(web.config))), ...(await namedFiles(web.config))]),
  ]
  // the kill sweep's own file, where one is armed
  const once = env.LETTERBOX_FAILPOINT_ONCE ? [resolve(env.LETTERBOX_FAILPOINT_ONCE)] : []
  const write = [...[folder.spoolTmp, folder.spoolNew].flatMap(whole), ...once]
  return [
    '--permission',
    ...[...read, ...once].map((path) => `--allow-fs-read=${path}`),
    ...write.map((path) => `--allow-fs-write=${path}`),
    // newer versions of Node ask for this one too
    ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
  ]
}

/** A folder and what is in it, also when it is made later. */
function whole(folder: string): string[] {
  return [folder, join(folder, '*')]
}

/** The environment of a web program that runs without any secret: what its machine needs, and no more. */
export function blindEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => HARMLESS.has(name)))
}

const HARMLESS = new Set([
  ...['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TERM', 'NO_COLOR', 'NODE_ENV'],
  ...['LETTERBOX_DATA', 'LETTERBOX_FAILPOINT', 'LETTERBOX_FAILPOINT_ONCE'],
])

/** A config with errors names none: the program itself will say what is wrong with it. */
async function namedFiles(file: string): Promise<string[]> {
  const loaded = await loadConfig(file)
  return loaded.kind === 'ok' ? webFiles(loaded.config).map((path) => resolve(path)) : []
}

/** Webhook secrets, and what the web program's own sections name. */
function webFiles({ repositories, web, server }: Config): string[] {
  return [...Object.values(repositories).map(({ secret }) => secret), web, server].flatMap(filesIn)
}

function filesIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === 'file' && typeof inner === 'string' ? [inner] : filesIn(inner),
  )
}
