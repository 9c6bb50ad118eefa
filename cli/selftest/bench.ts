import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Docker from 'dockerode'
import { type GitHost, openGitHost } from './git-host.ts'
import { type ImageStore, openImageStore } from './image-store.ts'
import { type MailSink, openMailSink } from './mail-sink.ts'
import { writeSmallImage } from './small-image.ts'

/** What stands around the programs under test: a forge, a registry, a mail server, and the engine of this machine. */
export type Bench = {
  folder: string
  git: GitHost
  images: ImageStore
  mail: MailSink
  /** null: none answers, so the steps are a script alone */
  engine: Docker | null
  /** Takes all of it down, and what the trials left in the engine. */
  clear(): Promise<void>
}

/** Begins the name of every image that a trial makes. */
export const IMAGE_PREFIX = 'letterbox-selftest'
const ENGINE_ANSWERS_MS = 5000

export async function setUpBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'letterbox-selftest-'))
  // the unprivileged user of the worker passes through
  await chmod(folder, 0o755)
  const content = join(folder, 'content')
  await mkdir(content)
  const engine = await findEngine()
  await writeSmallImage(content)
  const [git, images, mail] = await Promise.all([openGitHost(folder, content), openImageStore(), openMailSink()])
  return {
    folder,
    git,
    images,
    mail,
    engine,
    async clear() {
      for (const part of [git, images, mail]) part.close()
      if (engine !== null) await removeImages(engine, git.url)
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

async function findEngine(): Promise<Docker | null> {
  try {
    await new Docker({ timeout: ENGINE_ANSWERS_MS }).ping()
    return new Docker()
  } catch {
    return null
  }
}

/** Built images say where they come from; names may be gone from them already, or be many. */
async function removeImages(engine: Docker, source: string): Promise<void> {
  const isOurs = (labels: Record<string, string> | null) =>
    labels?.['org.opencontainers.image.source']?.startsWith(`${source}/`)
  for (const { Id, Labels } of await engine.listImages({ all: true }))
    if (isOurs(Labels)) await engine.getImage(Id).remove({ force: true })
}
