import { setTimeout as pause } from 'node:timers/promises'
import type Dockerode from 'dockerode'
import { dialForStream } from './dial.ts'
import { engineAnswer, isStatus } from './reach.ts'

const PAUSE_MS = 100

/** Kills a container outright and removes it with its anonymous volumes. Returns when the engine no longer has it.
 *  @throws EngineUnavailable, or the engine's last answer where it still has it after `maxMs` */
export async function removeContainer(docker: Dockerode, id: string, maxMs = 10_000): Promise<void> {
  const signal = AbortSignal.timeout(maxMs)
  const path = `/containers/${encodeURIComponent(id)}`
  for (;;) {
    try {
      const answer = await dialForStream(docker, { method: 'DELETE', path, query: { force: true, v: true }, signal })
      answer.resume()
      return
    } catch (error) {
      if (isStatus(error, 404)) return
      // 409: its removal is under way already; 500: it could not be killed yet
      if (!engineAnswer(error) || signal.aborted) throw error
      await pause(PAUSE_MS)
    }
  }
}
