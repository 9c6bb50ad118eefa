import { chmod, chown, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'

export type Workspaces = {
  /** An empty folder of the unprivileged user: `<run>`, and `<run>.2`, … while the first ones are in use. */
  make(run: string): Promise<{ path: string; remove(): Promise<void> }>
  /** Removes what belongs to none of the living runs. */
  sweep(livingRuns: string[]): Promise<void>
}

type Owner = { uid: number; gid: number; separate: boolean }

export function createWorkspaces(root: string, owner: Owner): Workspaces {
  const inUse = new Set<string>()
  return {
    async make(run) {
      if (!RUN_ID.test(run)) throw new TypeError(`not the id of a run: ${JSON.stringify(run)}`)
      const name = freeName(run, inUse)
      inUse.add(name)
      const path = join(root, name)
      // an earlier life of the worker may have left one: the run begins afresh
      await rm(path, { recursive: true, force: true })
      await mkdir(path)
      // readable, because the users inside of containers are others; the folder above keeps the host's users out
      await chmod(path, 0o755)
      if (owner.separate) await chown(path, owner.uid, owner.gid)
      const remove = async () => {
        await rm(path, { recursive: true, force: true, maxRetries: 3 })
        inUse.delete(name)
      }
      return { path, remove }
    },
    async sweep(livingRuns) {
      const living = new Set(livingRuns)
      const left = (await readdir(root)).filter((name) => !inUse.has(name) && !living.has(runOf(name)))
      await Promise.all(left.map((name) => rm(join(root, name), { recursive: true, force: true, maxRetries: 3 })))
    },
  }
}

const RUN_ID = /^[A-Za-z0-9_-]{1,64}$/

function freeName(run: string, inUse: Set<string>): string {
  const taken = (name: string) => inUse.has(name)
  let name = run
  for (let n = 2; taken(name); n++) name = `${run}.${n}`
  return name
}

function runOf(name: string): string {
  return name.replace(/\.\d+$/, '')
}
