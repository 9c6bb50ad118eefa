import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

const SHELL = '/bin/sh'

/** Writes a Dockerfile, and beside it this machine's own shell with the libraries that it needs: an image that runs and
 *  that nothing has to be downloaded for. */
export async function writeSmallImage(folder: string): Promise<void> {
  for (const file of [SHELL, ...(await librariesOf(SHELL))]) {
    const target = join(folder, 'root', file)
    await mkdir(dirname(target), { recursive: true })
    await copyFile(await realpath(file), target)
  }
  await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY root/ /\n')
}

/** None for a shell that is linked statically. @see ldd(1) */
async function librariesOf(program: string): Promise<string[]> {
  const { stdout } = await execa('ldd', [program], { reject: false })
  return [...new Set([...(stdout ?? '').matchAll(/(?:^|\s)(\/[^\s:()]+)(?=\s*\()/gm)].map(([, path = '']) => path))]
}
