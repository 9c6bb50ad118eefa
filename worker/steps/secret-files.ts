import { chmod, chown, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { ScriptAccount } from './script-account.ts'
import { fileVariable, type Handed } from './step-secrets.ts'

const PREFIX = 'letterbox-secrets-'

/** Lays the secrets of a script into a private folder, tells it their paths, and removes all when the work is over. */
export async function withSecretFiles<T>(
  files: Handed['files'],
  owner: { account: ScriptAccount; run: string },
  work: (environment: Record<string, string>) => Promise<T>,
): Promise<T> {
  if (files.length === 0) return work({})
  const folder = await mkdtemp(join(tmpdir(), `${PREFIX}${owner.run}-`))
  try {
    const environment: Record<string, string> = {}
    for (const { name, path, content } of files) {
      const file = join(folder, basename(path))
      await writeFile(file, content, { mode: 0o400, flag: 'wx' })
      await chmod(file, 0o400)
      if (owner.account.other) await chown(file, owner.account.uid, owner.account.gid)
      environment[fileVariable(name)] = file
    }
    // last: who owns the folder could swap what is in it
    if (owner.account.other) await chown(folder, owner.account.uid, owner.account.gid)
    return await work(environment)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Removes folders that a killed worker left, of runs that `isOurs` knows: another installation may use this machine too. */
export async function sweepSecretFiles(isOurs: (run: string) => boolean): Promise<number> {
  const names = (await readdir(tmpdir())).filter((name) => isOurs(runOf(name)))
  for (const name of names) await rm(join(tmpdir(), name), { recursive: true, force: true })
  return names.length
}

function runOf(name: string): string {
  return /^letterbox-secrets-([0-9A-Z]{26})-/.exec(name)?.[1] ?? ''
}
