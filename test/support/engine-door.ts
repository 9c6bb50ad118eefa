import { rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'

export type EngineDoor = {
  /** value for DOCKER_HOST */
  host: string
  /** the engine is unreachable from now on; open connections are cut */
  shut(): Promise<void>
  open(): Promise<void>
}

/** A way to an engine that can be shut, without doing anything to the engine itself, which serves others, too. */
export async function engineDoor(engineHost: string, socketFile: string): Promise<EngineDoor> {
  const target = targetOf(engineHost)
  const sockets = new Set<Socket>()
  let server: Server | null = null
  const open = async () => {
    rmSync(socketFile, { force: true })
    const next = createServer({ allowHalfOpen: true }, (client) => join(client, target, sockets))
    await new Promise<void>((resolve) => next.listen(socketFile, resolve))
    server = next
  }
  await open()
  return {
    host: `unix://${socketFile}`,
    open,
    shut: async () => {
      const closed = new Promise((resolve) => (server === null ? resolve(null) : server.close(resolve)))
      for (const socket of sockets) socket.destroy()
      await closed
      server = null
    },
  }
}

type Target = { path: string } | { host: string; port: number }

function targetOf(engineHost: string): Target {
  const { protocol, hostname, port, pathname } = new URL(engineHost)
  return protocol === 'unix:' ? { path: pathname } : { host: hostname, port: Number(port) }
}

function join(client: Socket, target: Target, sockets: Set<Socket>): void {
  const engine = connect({ ...target, allowHalfOpen: true })
  for (const [from, to] of [
    [client, engine],
    [engine, client],
  ] as const) {
    sockets.add(from)
    from.on('error', () => to.destroy())
    from.on('close', () => {
      sockets.delete(from)
      to.destroy()
    })
    from.pipe(to)
  }
}
