import { randomUUID } from 'node:crypto'
import type { Duplex } from 'node:stream'
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import type { RegistryLogin } from '../engine.ts'
import { dialForSocket } from './dial.ts'
import { loadService } from './load-service.ts'
import { loginFor } from './registry-auth.ts'

/** What BuildKit may ask us for during one build. */
export type BuildSessionOffer = { secrets: Record<string, string>; registries: RegistryLogin[] }
export type BuildSession = { id: string; close(): void }

const METHODS = [
  '/grpc.health.v1.Health/Check',
  '/moby.filesync.v1.Auth/Credentials',
  '/moby.buildkit.secrets.v1.Secrets/GetSecret',
]

const CredentialsRequest = z.object({ Host: z.string() })
const SecretRequest = z.object({ ID: z.string() })

/** Opens the connection over which BuildKit asks back: we take a socket from the engine and serve gRPC on it. Secrets
 *  and logins travel only this way, so they stand in no layer, no history and no argument.
 *  @see moby/buildkit, session/grpc.go and session/http.go */
export async function openBuildSession(docker: Dockerode, offer: BuildSessionOffer): Promise<BuildSession> {
  const id = randomUUID()
  const socket = await dialForSocket(docker, {
    method: 'POST',
    path: '/session',
    headers: {
      Upgrade: 'h2c',
      'X-Docker-Expose-Session-Uuid': id,
      'X-Docker-Expose-Session-Name': 'letterbox',
      'X-Docker-Expose-Session-Grpc-Method': METHODS,
    },
  })
  const server = serve(socket, offer)
  return {
    id,
    close() {
      server.forceShutdown()
      socket.destroy()
    },
  }
}

function serve(socket: Duplex, offer: BuildSessionOffer): Server {
  const server = new Server()
  server.addService(loadService('health.proto', 'grpc.health.v1.Health'), { Check: answerHealth })
  server.addService(loadService('auth.proto', 'moby.filesync.v1.Auth'), { Credentials: answerCredentials(offer) })
  server.addService(loadService('secrets.proto', 'moby.buildkit.secrets.v1.Secrets'), {
    GetSecret: answerSecret(offer),
  })
  // the build's own stream tells that the engine went away; without a listener the socket's error would end the worker
  socket.on('error', () => socket.destroy())
  server.createConnectionInjector(ServerCredentials.createInsecure()).injectConnection(socket)
  return server
}

const answerHealth: handleUnaryCall<unknown, unknown> = (_call, answer) => answer(null, { status: 'SERVING' })

function answerCredentials(offer: BuildSessionOffer): handleUnaryCall<unknown, unknown> {
  return ({ request }, answer) => {
    const login = loginFor(CredentialsRequest.parse(request).Host, offer.registries)
    answer(null, login ? { Username: login.username, Secret: login.password } : {})
  }
}

function answerSecret(offer: BuildSessionOffer): handleUnaryCall<unknown, unknown> {
  const secrets = new Map(Object.entries(offer.secrets))
  return ({ request }, answer) => {
    const id = SecretRequest.parse(request).ID
    const secret = secrets.get(id)
    if (secret === undefined) answer({ code: status.NOT_FOUND, details: `the build step gives no secret "${id}"` })
    else answer(null, { data: Buffer.from(secret) })
  }
}
