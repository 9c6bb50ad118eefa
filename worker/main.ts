import { once } from 'node:events'
import { startFailure } from '../config/start-failure.ts'
import { armFailpoints } from '../job/failpoint.ts'
import { errorFacts } from '../job/letterbox-error.ts'
import { createProgramLog } from '../job/program-log.ts'
import { readCommandLine } from './command-line.ts'
import { createServiceNotifier } from './notify-systemd.ts'
import { startWorker } from './start-worker.ts'

/* Program 2: root on the host, listens on no port. Takes job files out of the spool and carries out what the config
 * says. `worker --once` drains and exits, for people who keep system cron. */

const log = createProgramLog('worker')
// users in containers read checkouts, whatever mask the operator's shell has
process.umask(0o022)

async function main(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2), process.env)
  const armed = armFailpoints(process.env)
  if (armed !== null) log.warn({ failpoint: armed }, 'a failpoint is armed: this program will kill itself there')
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const worker = await startWorker({ ...line, env: process.env, webGid: webGidOf(process.env), log })
  log.info({ pid: process.pid, data: line.data }, 'worker ready')
  const systemd = createServiceNotifier({ env: process.env, pid: process.pid, log })
  systemd.ready()
  if (line.once) await Promise.race([worker.drained(), aborted(stop.signal)])
  else await aborted(stop.signal)
  log.info({}, 'worker stops')
  systemd.stopping()
  await worker.stop()
  systemd.close()
  return 0
}

/** `LETTERBOX_WEB_GID`: the group of the web container's user, who may write into the spool. */
function webGidOf(env: NodeJS.ProcessEnv): number | null {
  const text = env.LETTERBOX_WEB_GID
  if (text === undefined || text === '') return null
  if (!/^\d{1,9}$/.test(text))
    throw new TypeError(`LETTERBOX_WEB_GID must be a group number, not ${JSON.stringify(text)}`)
  return Number.parseInt(text, 10)
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

try {
  process.exitCode = await main()
} catch (error) {
  const facts = errorFacts(error)
  log.fatal(facts.code === 'UNEXPECTED' ? { ...facts, err: error } : facts, 'the worker cannot start')
  process.stderr.write(startFailure(error, process.stderr.isTTY))
  process.exitCode = error instanceof TypeError ? 2 : 1
}
