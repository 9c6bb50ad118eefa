import type Dockerode from 'dockerode'
import { isStatus, reach } from '../reach.ts'

/** Where new site containers start: a network of the same host that the proxy is not in. */
export function startNetwork(network: string): string {
  return `${network}-start`
}

/** Makes a bridge network where it is missing; one that is there is used as it is, whoever made it. */
export async function ensureNetwork(docker: Dockerode, name: string): Promise<void> {
  if (await hasNetwork(docker, name)) return
  try {
    await reach(() =>
      docker.createNetwork({
        Name: name,
        Driver: 'bridge',
        CheckDuplicate: true,
        Labels: { 'dev.letterbox.sites': name },
      }),
    )
  } catch (error) {
    // somebody else was quicker
    if (!isStatus(error, 409)) throw error
  }
}

async function hasNetwork(docker: Dockerode, name: string): Promise<boolean> {
  try {
    await reach(() => docker.getNetwork(name).inspect())
    return true
  } catch (error) {
    if (isStatus(error, 404)) return false
    throw error
  }
}
