import { BASE_IMAGE, baseImage } from './base-image.ts'
import { startEngine, type TestEngine } from './engine.ts'
import { type GitServer, startGitServer } from './git-server.ts'
import { type MailCatcher, startMailCatcher } from './mail-catcher.ts'
import { startRegistry, type TestRegistry } from './registry.ts'

/** What stands around a Letterbox, all of it real, for several of them at the same time. */
export type Surroundings = {
  engine: TestEngine
  registry: TestRegistry
  git: GitServer
  mail: MailCatcher
  close(): Promise<void>
}

export async function startSurroundings(): Promise<Surroundings> {
  const [engine, registry, git, mail] = await Promise.all([
    startEngine(),
    startRegistry(),
    startGitServer(),
    startMailCatcher(),
  ])
  await baseImage(engine.docker, BASE_IMAGE)
  return {
    engine,
    registry,
    git,
    mail,
    async close() {
      await Promise.all([registry.close(), git.close(), mail.close()])
      await engine.stop()
    },
  }
}
