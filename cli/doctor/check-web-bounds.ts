import { readdir, readFile, readlink } from 'node:fs/promises'
import { resolve } from 'node:path'
import { z } from 'zod'
import { type Check, ok, warn } from './check.ts'

const NAME = 'web program'
const HINT = 'Start it with `letterbox webhook`, or `node webhook/main.ts`: both put the bounds up by themselves.'
const Readiness = z.object({ permission: z.boolean(), blind: z.boolean() })

/** Whether the web program runs under Node's permission model. Its process on this machine is asked first, for what a
 *  program says of itself proves less; one that runs elsewhere is asked at `server.url`. */
export async function checkWebBounds(facts: {
  data: string
  url: string | undefined
  signal: AbortSignal
}): Promise<Check> {
  const commands = await webCommands(facts.data)
  if (commands.length > 0)
    return judge(
      commands.every((command) => command.includes('--permission')),
      'its process',
    )
  const said = facts.url === undefined ? null : await askedAt(facts.url, facts.signal)
  if (said !== null) return judge(said.permission, 'what it says of itself')
  return warn(NAME, 'not found on this machine', 'Where it runs elsewhere, GET /readyz tells "permission": true.')
}

function judge(bound: boolean, by: string): Check {
  if (bound) return ok(NAME, `runs under the permission model: it can write nothing but job files (${by})`)
  return warn(NAME, `runs without the bounds of the permission model (${by})`, HINT)
}

/** The command lines of web programs with this data folder. @see proc_pid_cmdline(5) */
async function webCommands(data: string): Promise<string[][]> {
  const processes = await readdir('/proc').catch(() => [])
  const commands = await Promise.all(processes.filter((name) => /^\d+$/.test(name)).map(commandOf))
  return commands.filter((command) => isWebOf(data, command)).map(({ args }) => args)
}

/** A process that has ended meanwhile, or is another user's, has no command. */
async function commandOf(pid: string): Promise<{ args: string[]; cwd: string }> {
  try {
    const text = await readFile(`/proc/${pid}/cmdline`, 'utf8')
    return { args: text.split('\0'), cwd: await readlink(`/proc/${pid}/cwd`) }
  } catch {
    return { args: [], cwd: '/' }
  }
}

/** In a container the folder is named by the environment, which only its user may read: then it counts. */
function isWebOf(data: string, { args, cwd }: { args: string[]; cwd: string }): boolean {
  if (!args.some((arg) => arg.endsWith('webhook/main.ts'))) return false
  const at = args.indexOf('--data')
  return at < 0 || resolve(cwd, args[at + 1] ?? '') === resolve(data)
}

/** null where nobody of this version answers there. */
async function askedAt(url: string, signal: AbortSignal): Promise<z.infer<typeof Readiness> | null> {
  try {
    const answer = await fetch(new URL('readyz', url.endsWith('/') ? url : `${url}/`), { signal })
    return Readiness.safeParse(await answer.json()).data ?? null
  } catch {
    return null // it may well be that this machine does not reach its own public address
  }
}
