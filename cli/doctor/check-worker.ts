import { count } from '../print/count.ts'
import { ago } from '../print/time.ts'
import { workerSeen } from '../store/worker-seen.ts'
import { type Check, fail, ok, warn } from './check.ts'

const NAME = 'worker'

/** Alive, and with the config that the file holds now? */
export async function checkWorker(data: string, now: Date): Promise<Check> {
  const seen = await workerSeen(data, now)
  const start = "Start it: 'letterbox worker', or 'letterbox up' for both programs. What has arrived is kept."
  if (seen.kind === 'absent') return fail(NAME, `has not run on ${data}`, start)
  if (seen.kind === 'unreadable')
    return fail(NAME, `its state cannot be read: ${seen.because}`, 'Start the worker of this version.')
  const { aliveSince, seenAt, queued, running, outbox, config } = seen.state
  if (seen.kind === 'silent') return fail(NAME, `was last seen ${ago(seenAt, now)}`, start)
  const work = `alive, started ${ago(aliveSince, now)}; ${running} running, ${queued} queued, ${count(outbox, 'mail')} to send`
  if (seen.state.held)
    return fail(
      NAME,
      `${work}; no run starts: ${seen.state.held}`,
      "Free space there; 'letterbox disk' shows what takes it.",
    )
  if (config.refused === null) return ok(NAME, work)
  return warn(
    NAME,
    `${work}; it refused the newer ${config.file} and goes on with the one of ${ago(config.loadedAt, now)}`,
    `'letterbox check ${config.file}' shows why; the worker takes the file as soon as it is good.`,
  )
}
