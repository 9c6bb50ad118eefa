import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import type { StepIO } from '../../worker/engines/engine.ts'
import { ensureUser, type UnprivilegedUser } from '../../worker/host-user/unprivileged-user.ts'
import { createSource } from '../../worker/source/source.ts'
import type { CloneTarget, Source, Workspace } from '../../worker/source/source-port.ts'

export type SourceStand = {
  source: Source
  folder: DataFolder
  user: UnprivilegedUser
  /** what was said to the run log */
  said: string[]
  io(signal?: AbortSignal): StepIO
  /** Fetches and expects a workspace. */
  workspace(target: CloneTarget, ref: string, commit?: string | null, run?: string): Promise<Workspace>
  remove(): Promise<void>
}

/** A real source on a fresh data folder, run by the account `nobody` when the tests run as root. */
export async function startSourceStand(
  options: { dataName?: string; limits?: { fetchMs: number; askMs: number } } = {},
): Promise<SourceStand> {
  const root = await mkdtemp(join(tmpdir(), 'letterbox-source-'))
  await chmod(root, 0o755)
  const folder = dataFolder(join(root, options.dataName ?? 'data'))
  const user = await ensureUser('nobody')
  const said: string[] = []
  const source = createSource({ folder, user, ...(options.limits && { limits: options.limits }) })
  const io = (signal: AbortSignal = new AbortController().signal): StepIO => ({
    stdout: () => {},
    stderr: () => {},
    say: (line) => said.push(line),
    signal,
  })
  return {
    source,
    folder,
    user,
    said,
    io,
    async workspace(target, ref, commit = null, run = 'run') {
      const fetched = await source.fetch({ run, target, ref, commit }, io())
      if (fetched.kind === 'gone') throw new Error(`no workspace: ${fetched.reason}`)
      return fetched.workspace
    },
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

/** A target without login; what matters is overridden. */
export function targetOf(url: string, more: Partial<CloneTarget> = {}): CloneTarget {
  return {
    repository: 'git.example.com/acme/shop',
    url,
    token: null,
    sshKey: null,
    hostKeys: [],
    submodules: false,
    lfs: false,
    ...more,
  }
}
