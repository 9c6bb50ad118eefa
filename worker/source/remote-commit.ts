import type { Git } from './git.ts'
import type { RemoteAccess } from './remote-access.ts'
import type { CloneTarget } from './source-port.ts'

type Asking = { git: Git; access: RemoteAccess; cwd: string; signal: AbortSignal; limitMs: number }

/** What the remote says a ref is now: for an annotated tag the commit that it names. Null when there is none.
 *  @see git-ls-remote(1): `<ref>^{}` is the peeled line */
export async function askRemote(target: CloneTarget, ref: string, asking: Asking): Promise<string | null> {
  const { git, access, cwd, signal, limitMs } = asking
  const args = ['ls-remote', '--quiet', '--', target.url, ref, `${ref}^{}`] as const
  const { stdout } = await git({ args, cwd, signal, limitMs, access })
  const found = new Map(stdout.split('\n').map((line) => split(line)))
  return found.get(`${ref}^{}`) ?? found.get(ref) ?? null
}

function split(line: string): [name: string, id: string] {
  const tab = line.indexOf('\t')
  return [line.slice(tab + 1), line.slice(0, Math.max(tab, 0))]
}
