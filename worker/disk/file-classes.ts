import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Disk } from '../../config/schema/host.ts'
import type { DataFolder } from '../../job/data-folder.ts'
import type { DiskClass } from './disk-class.ts'
import { entriesOf } from './entries.ts'
import { folderSize } from './folder-size.ts'
import type { DiskItem } from './plan-cleaning.ts'

const BLOCK_BYTES = 512

export type FileClassDeps = {
  folder: DataFolder
  wanted(): Disk
  /** runs that are queued or running */
  livingRuns(): string[]
  /** runs with mails that wait: their log leaves with the mail */
  runsToMail(): string[]
  source: {
    /** false: it is in use */
    removeMirror(name: string): Promise<boolean>
    sweep(livingRuns: string[]): Promise<void>
  }
}

/** Everything that lies in the data folder and grows. */
export function fileClasses(deps: FileClassDeps): DiskClass[] {
  return [mirrors(deps), workspaces(deps), logs(deps), rejected(deps)]
}

function mirrors({ folder, wanted, source }: FileClassDeps): DiskClass {
  return {
    name: 'mirrors',
    budgetBytes: () => wanted().mirrors,
    async measure() {
      const items: DiskItem[] = []
      for (const { name, path, stat } of await entriesOf(folder.mirrors))
        items.push({ name, bytes: await folderSize(path), usedAt: stat.mtimeMs, kept: null, expired: false })
      return { items, sharedBytes: 0 }
    },
    remove: (items) => removeEach(items, ({ name }) => source.removeMirror(name)),
  }
}

/** A checkout that belongs to no living run was left by a killed worker. */
function workspaces({ folder, wanted, source, livingRuns }: FileClassDeps): DiskClass {
  return {
    name: 'workspaces',
    budgetBytes: () => wanted().workspaces,
    async measure() {
      const living = new Set(livingRuns())
      const items: DiskItem[] = []
      for (const { name, path, stat } of await entriesOf(folder.workspaces)) {
        const kept = living.has(name.replace(/\.\d+$/, '')) ? 'its run has not ended' : null
        items.push({ name, bytes: await folderSize(path), usedAt: stat.mtimeMs, kept, expired: kept === null })
      }
      return { items, sharedBytes: 0 }
    },
    async remove(items) {
      await source.sweep(livingRuns())
      return items.map(({ name }) => name)
    },
  }
}

function logs({ folder, wanted, livingRuns, runsToMail }: FileClassDeps): DiskClass {
  return {
    name: 'logs',
    budgetBytes: () => wanted().logs,
    async measure() {
      const living = new Set(livingRuns())
      const toMail = new Set(runsToMail())
      const items: DiskItem[] = []
      for (const { name, stat } of await entriesOf(folder.logs)) {
        const run = /^([0-9A-Z]{26})\.ndjson$/.exec(name)?.[1]
        if (run === undefined) continue
        const kept = living.has(run) ? 'its run has not ended' : toMail.has(run) ? 'a mail with it waits' : null
        items.push({ name, bytes: stat.blocks * BLOCK_BYTES, usedAt: stat.mtimeMs, kept, expired: false })
      }
      return { items, sharedBytes: 0 }
    },
    remove: (items) => removeEach(items, ({ name }) => removeFile(join(folder.logs, name))),
  }
}

/** A refused job file and its reason go together. */
function rejected({ folder, wanted }: FileClassDeps): DiskClass {
  return {
    name: 'rejected',
    budgetBytes: () => wanted().rejected,
    async measure() {
      const items = new Map<string, DiskItem>()
      for (const { name, stat } of await entriesOf(folder.rejected)) {
        const base = name.replace(/(?:\.reason)?\.json$/, '')
        const known = items.get(base)
        const bytes = (known?.bytes ?? 0) + stat.blocks * BLOCK_BYTES
        const usedAt = Math.max(known?.usedAt ?? 0, stat.ctimeMs)
        items.set(base, { name: base, bytes, usedAt, kept: null, expired: false })
      }
      return { items: [...items.values()], sharedBytes: 0 }
    },
    remove: (items) =>
      removeEach(items, async ({ name }) => {
        for (const end of ['.json', '.reason.json']) await removeFile(join(folder.rejected, `${name}${end}`))
        return true
      }),
  }
}

async function removeEach(items: DiskItem[], remove: (item: DiskItem) => Promise<boolean>): Promise<string[]> {
  const gone: string[] = []
  for (const item of items) if (await remove(item)) gone.push(item.name)
  return gone
}

async function removeFile(path: string): Promise<boolean> {
  await rm(path, { force: true })
  return true
}
