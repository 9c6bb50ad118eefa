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

/** All of them, or none: when one does not start, the others are ended again, or they would keep the test file alive. */
export async function startSurroundings(): Promise<Surroundings> {
  const opened = new AsyncDisposableStack()
  const start = async <T>(starting: Promise<T>, end: (part: T) => Promise<unknown>): Promise<T> => {
    const part = await starting
    opened.defer(async () => void (await end(part)))
    return part
  }
  try {
    const engine = await start(startEngine(), (part) => part.stop())
    const others = [
      start(startRegistry(), (part) => part.close()),
      start(startGitServer(), (part) => part.close()),
      start(startMailCatcher(), (part) => part.close()),
      baseImage(engine.docker, BASE_IMAGE),
    ] as const
    await Promise.allSettled(others)
    const [registry, git, mail] = await Promise.all(others)
    return { engine, registry, git, mail, close: () => opened.disposeAsync() }
  } catch (error) {
    await opened.disposeAsync()
    throw error
  }
}
