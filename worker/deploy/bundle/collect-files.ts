import { lstat, readdir, readlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { BundleFile } from './bundle-file.ts'

/** The files of a checkout that are wanted, sorted by path; never `.git`. Links stay links and are not followed. */
export async function collectFiles(root: string, wanted: (path: string) => boolean): Promise<BundleFile[]> {
  const files: BundleFile[] = []
  await walk(root, '', wanted, files)
  return sorted(files)
}

/** In the order of their bytes, the same on every machine. */
export function sorted(files: BundleFile[]): BundleFile[] {
  return files.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)))
}

async function walk(root: string, folder: string, wanted: (path: string) => boolean, files: BundleFile[]) {
  for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    if (path === '.git') continue
    if (entry.isDirectory()) await walk(root, path, wanted, files)
    else if (wanted(path)) files.push(...(await fileAt(root, path)))
  }
}

/** None for sockets, pipes and devices: no checkout of git has them. */
async function fileAt(root: string, path: string): Promise<BundleFile[]> {
  const file = join(root, path)
  const facts = await lstat(file)
  if (facts.isSymbolicLink()) return [{ path, mode: 0o120000, content: { bytes: Buffer.from(await readlink(file)) } }]
  if (!facts.isFile()) return []
  return [{ path, mode: facts.mode & 0o100 ? 0o100755 : 0o100644, content: { file } }]
}
