import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type Docker from 'dockerode'
import { furnish, hasImage, importFolder } from './base-image.ts'

export type ProgramImage = {
  /** name and tag, as the files of the project use them */
  reference: string
  /** path in the image → program of this machine; the libraries that it needs come along */
  programs: Record<string, string>
  /** path in the image → text */
  files?: Record<string, string>
  folders?: string[]
  /** instructions as in a Dockerfile: ENTRYPOINT, CMD, … */
  config: string[]
}

/** Stands in for an image that a Dockerfile or a compose file names and that tests cannot pull: a small system with
 *  programs of this machine. One of that name which is there already is used and kept. Returns what takes it away. */
export async function programImage(docker: Docker, image: ProgramImage): Promise<() => Promise<void>> {
  const { reference } = image
  if (await hasImage(docker, reference)) return async () => {}
  const folder = mkdtempSync(join(tmpdir(), 'letterbox-image-'))
  try {
    await furnish(folder)
    for (const [path, program] of Object.entries(image.programs)) install(folder, path, program)
    for (const [path, text] of Object.entries(image.files ?? {})) write(join(folder, path), text)
    for (const path of image.folders ?? []) mkdirSync(join(folder, path), { recursive: true })
    await importFolder(docker, folder, reference, image.config)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return async () => {
    await docker.getImage(reference).remove({ force: true })
  }
}

function install(folder: string, path: string, program: string): void {
  put(folder, path, program)
  for (const library of librariesOf(program)) put(folder, library, library)
}

function put(folder: string, path: string, source: string): void {
  const target = join(folder, path)
  mkdirSync(dirname(target), { recursive: true })
  copyFileSync(realpathSync(source), target)
}

function librariesOf(program: string): string[] {
  const { stdout } = spawnSync('ldd', [program], { encoding: 'utf8' })
  return stdout.split('\n').flatMap((line) => /(?:=> |^\s*)(\/\S+) \(/.exec(line)?.[1] ?? [])
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text, { mode: 0o755 })
}
