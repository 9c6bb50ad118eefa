import type Dockerode from 'dockerode'
import type { RegistryLogin } from '../engine.ts'
import { EngineFailed, RegistryLoginFailed } from '../engine-errors.ts'
import { engineAnswer, reach } from './reach.ts'
import { authConfig } from './registry-auth.ts'
import { registryFailure, registryTrouble } from './registry-failure.ts'

/** @throws RegistryLoginFailed, RegistryUnavailable, EngineUnavailable */
export async function loginToRegistry(docker: Dockerode, login: RegistryLogin, signal: AbortSignal): Promise<void> {
  try {
    await reach(() => docker.checkAuth({ ...authConfig(login), abortSignal: signal }))
  } catch (error) {
    signal.throwIfAborted()
    const answer = engineAnswer(error)
    if (!answer) throw error
    const denied = answer.status === 401 || registryFailure(answer.message) === 'denied'
    if (denied) throw new RegistryLoginFailed(login.address, answer.message)
    throw registryTrouble(login.address, answer.message) ?? new EngineFailed(answer.message, { cause: error })
  }
}
