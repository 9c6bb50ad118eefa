import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import type Docker from 'dockerode'

export type LeftProcess = { pid: number; command: string }

/** Processes that were started for this folder and still live: it stands in their arguments, their environment (as
 *  TMPDIR) or is where they work. */
export function leftProcesses(folder: string): LeftProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => PLACES.some((look) => readable(() => look(pid)).includes(folder)))
    .map((pid) => ({
      pid: Number(pid),
      command: readable(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
        .replaceAll('\0', ' ')
        .slice(0, 160),
    }))
    .filter(({ command }) => command !== '')
}

const PLACES = [
  (pid: string) => readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
  (pid: string) => readFileSync(`/proc/${pid}/environ`, 'utf8'),
  (pid: string) => readlinkSync(`/proc/${pid}/cwd`),
]

/** A process may end while we look, and those of the kernel have no working folder. */
function readable(look: () => string): string {
  try {
    return look()
  } catch {
    return ''
  }
}

/** What is in an engine; only what carries a label of ours counts, because the engine may serve others. */
export type EngineContents = { containers: Map<string, string>; images: Map<string, string> }

export async function engineContents(docker: Docker): Promise<EngineContents> {
  const containers = await docker.listContainers({ all: true })
  const images = await docker.listImages()
  return {
    containers: new Map(
      containers.filter((one) => isOurs(one.Labels)).map((one) => [one.Id, `${one.Names[0]} (${one.State})`]),
    ),
    images: new Map(images.filter((one) => isOurs(one.Labels)).map((one) => [one.Id, (one.RepoTags ?? []).join(' ')])),
  }
}

/** The worker and the tests label what they make. */
function isOurs(labels: Record<string, string> | null | undefined): boolean {
  return Object.keys(labels ?? {}).some((label) => label.startsWith('dev.letterbox.'))
}

/** What `now` holds and `before` did not. */
export function added(before: Map<string, string>, now: Map<string, string>): [id: string, name: string][] {
  return [...now].filter(([id]) => !before.has(id))
}
