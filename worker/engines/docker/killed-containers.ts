import type Dockerode from 'dockerode'
import { z } from 'zod'
import { ContainerStopped } from '../engine-errors.ts'
import { dialForStream } from './dial.ts'
import { engineAnswer } from './reach.ts'
import { readLines } from './read-messages.ts'

const Kill = z.object({ Actor: z.object({ ID: z.string(), Attributes: z.object({ signal: z.string() }) }) })
/** The engine tells of a signal after it has sent it, and on a busy machine after the container has ended by it. */
const LATE_MAX_MS = 300
/** Only where the engine's clock is behind ours does it wait for the end of the time asked for. */
const ASK_MAX_MS = 2000

/** Throws when one of our containers was sent a signal that is not ours: somebody stopped it, or the engine did because it
 *  is being restarted. Then its exit code, also a 0, says nothing about the code that ran in it.
 *  @throws ContainerStopped, EngineUnavailable */
export async function proveNotKilled(
  docker: Dockerode,
  containers: string[],
  span: { from: Date; to: Date },
): Promise<void> {
  if (containers.length === 0) return
  const filters = JSON.stringify({ type: ['container'], event: ['kill'], container: containers })
  const query = { since: seconds(span.from), until: seconds(new Date(span.to.getTime() + LATE_MAX_MS)), filters }
  const signal = AbortSignal.timeout(ASK_MAX_MS)
  try {
    const events = await dialForStream(docker, { method: 'GET', path: '/events', query, signal })
    for await (const line of readLines(events)) {
      const kill = Kill.safeParse(line)
      if (kill.success) throw new ContainerStopped(kill.data.Actor.ID, kill.data.Actor.Attributes.signal)
    }
  } catch (error) {
    // an engine that does not tell events, as some that only speak its API, leaves the exit code as the verdict
    if (!signal.aborted && !engineAnswer(error)) throw error
  }
}

function seconds(time: Date): string {
  return (time.getTime() / 1000).toFixed(3)
}
