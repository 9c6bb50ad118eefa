import { spawnSync } from 'node:child_process'
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import type Docker from 'dockerode'
import tar, { type Headers } from 'tar-fs'

/** Base image of every Dockerfile in the tests and the demo. */
export const BASE_IMAGE = 'busybox:1.36'

/** Label on everything the tests themselves put into an engine. */
export const TEST_LABEL = 'dev.letterbox.test'

/** Makes sure that the engine has the image a Dockerfile asks for, e.g. `busybox:1.36`: the machine's own static
 *  busybox, with its applets as links, on scratch. An image of that name which is there already is used and kept.
 *  Returns what takes it away again. */
export async function baseImage(docker: Docker, reference: string): Promise<() => Promise<void>> {
  if (await hasImage(docker, reference)) return async () => {}
  const folder = mkdtempSync(join(tmpdir(), 'letterbox-base-'))
  try {
    await furnish(folder)
    await importFolder(docker, folder, reference)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return async () => {
    await docker.getImage(reference).remove({ force: true })
  }
}

export async function hasImage(docker: Docker, reference: string): Promise<boolean> {
  try {
    await docker.getImage(reference).inspect()
    return true
  } catch (error) {
    if (error instanceof Error && 'statusCode' in error && error.statusCode === 404) return false
    throw error
  }
}

/** The files of a small system: busybox with its applets, the usual folders, root and nobody. */
export async function furnish(folder: string): Promise<void> {
  for (const name of ['bin', 'etc', 'home', 'root', 'tmp', 'usr/bin', 'usr/sbin', 'sbin', 'var', 'proc', 'sys', 'dev'])
    mkdirSync(join(folder, name), { recursive: true })
  const busybox = join(folder, 'bin/busybox')
  copyFileSync(busyboxPath(), busybox)
  chmodSync(busybox, 0o755)
  for (const applet of applets(busybox)) {
    mkdirSync(dirname(join(folder, applet)), { recursive: true })
    if (applet !== 'bin/busybox') symlinkSync('/bin/busybox', join(folder, applet))
  }
  chmodSync(join(folder, 'tmp'), 0o1777)
  writeFileSync(join(folder, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n')
  writeFileSync(join(folder, 'etc/group'), 'root:x:0:\nnobody:x:65534:\n')
}

function busyboxPath(): string {
  const found = spawnSync('sh', ['-c', 'command -v busybox'], { encoding: 'utf8' }).stdout.trim()
  if (found === '') throw new Error('no busybox on this machine: install the package busybox-static')
  return found
}

function applets(busybox: string): string[] {
  return spawnSync(busybox, ['--list-full'], { encoding: 'utf8' }).stdout.trim().split('\n')
}

export async function importFolder(
  docker: Docker,
  folder: string,
  reference: string,
  config: string[] = ['CMD ["sh"]'],
): Promise<void> {
  const [repo, tag] = reference.split(':')
  const rootOwned = (header: Headers) => ({ ...header, uid: 0, gid: 0, uname: 'root', gname: 'root' })
  const archive = tar.pack(folder, { map: rootOwned }).pipe(new PassThrough())
  const changes = [...config, `LABEL ${TEST_LABEL}=base-image`]
  const said = await text(await docker.importImage(archive, { repo, tag, changes }))
  if (!(await hasImage(docker, reference))) throw new Error(`the engine did not import ${reference}: ${said}`)
}
