import { once } from 'node:events'
import { startFailure } from '../config/start-failure.ts'
import { armFailpoints } from '../job/failpoint.ts'
import { errorFacts } from '../job/letterbox-error.ts'
import { createProgramLog } from '../job/program-log.ts'
import { readCommandLine, WrongUsage } from './command-line.ts'
import { confine } from './confine.ts'
import { startWebhook } from './start-webhook.ts'

/* Program 1: unprivileged, faces the network. Turns signed deliveries into job files and can do nothing else. */

const log = createProgramLog('webhook')

async function main(): Promise<number> {
  const line = readCommandLine(process.argv.slice(2), process.env)
  await confine(line, process.env, log)
  const armed = armFailpoints(process.env)
  if (armed !== null) log.warn({ failpoint: armed }, 'a failpoint is armed: this program will kill itself there')
  const stop = new AbortController()
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())
  const webhook = await startWebhook({ ...line, env: process.env, log })
  const { address: host, port } = webhook.address
  const permission = process.permission !== undefined
  log.info({ host, port, pid: process.pid, permission, ...(line.blind && { blind: true }) }, 'listening')
  if (!stop.signal.aborted) await once(stop.signal, 'abort')
  log.info({}, 'webhook stops')
  await webhook.stop()
  return 0
}

try {
  process.exitCode = await main()
} catch (error) {
  log.fatal(errorFacts(error), 'the webhook program cannot start')
  process.stderr.write(startFailure(error, process.stderr.isTTY))
  process.exitCode = error instanceof WrongUsage ? 2 : 1
}
