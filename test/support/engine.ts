import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import Docker from 'dockerode'
import { startOwnEngine } from './own-engine.ts'

export type TestEngine = {
  docker: Docker
  /** value for DOCKER_HOST, so that programs started by a test find the same engine */
  host: string
  /** true when it was started by this call and ends with `stop` */
  own: boolean
  stop(): Promise<void>
}

const USUAL_SOCKET = '/var/run/docker.sock'

/** The engine at DOCKER_HOST or the usual socket where one answers; otherwise an own one, started in a fresh folder. */
export async function startEngine(say: (line: string) => void = () => {}): Promise<TestEngine> {
  const found = await findEngine()
  if (found !== null) return found
  return connectTo(await startOwnEngine(say))
}

/** The engine that answers already, or null. */
export async function findEngine(): Promise<TestEngine | null> {
  const named = process.env.DOCKER_HOST
  const host = named || `unix://${USUAL_SOCKET}`
  if (!named && !existsSync(USUAL_SOCKET)) return null
  const docker = connect(host)
  try {
    await docker.ping()
  } catch (error) {
    if (!named) return null
    throw new Error(`no Docker Engine answers at DOCKER_HOST=${named}`, { cause: error })
  }
  return { docker, host, own: false, stop: async () => {} }
}

/** A fresh name for something in the engine, so that tests never meet. */
export function freshName(prefix: string): string {
  return `${prefix}-${randomUUID().slice(0, 8)}`
}

function connectTo(own: { host: string; stop(): Promise<void> }): TestEngine {
  return { docker: connect(own.host), host: own.host, own: true, stop: own.stop }
}

/** Other than a unix socket, dockerode reads DOCKER_HOST and its certificates from the environment itself. */
function connect(host: string): Docker {
  return host.startsWith('unix://') ? new Docker({ socketPath: host.slice('unix://'.length) }) : new Docker()
}
