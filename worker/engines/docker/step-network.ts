import { randomBytes } from 'node:crypto'
import type Dockerode from 'dockerode'
import { z } from 'zod'
import { EngineFailed } from '../engine-errors.ts'
import { isStatus, reach } from './reach.ts'

export const STEP_NETWORK = 'letterbox-steps'
const LABEL = 'dev.letterbox.network'
const BRIDGE_NAME = 'com.docker.network.bridge.name'

/** A network of the engine, and the interface on its machine that is its bridge. */
export type EngineNetwork = { name: string; bridge: string }

const Inspected = z.object({
  Labels: z.record(z.string(), z.string()).nullish(),
  Options: z.record(z.string(), z.string()).nullish(),
})

/** The bridge network that steps run in; made where it is missing. Containers in it cannot reach each other. One for
 *  each engine, with a bridge name of its own, for several engines may share a machine.
 *  @throws EngineFailed, EngineUnavailable */
export async function openStepNetwork(docker: Dockerode): Promise<EngineNetwork> {
  const found = await inspect(docker, STEP_NETWORK)
  if (found !== null) return ours(found)
  try {
    await reach(() => docker.createNetwork(spec()))
  } catch (error) {
    // another worker on this engine was faster
    if (!isStatus(error, 409)) throw new EngineFailed(`the network ${STEP_NETWORK} could not be made`, { cause: error })
  }
  const made = await inspect(docker, STEP_NETWORK)
  if (made === null) throw new EngineFailed(`the network ${STEP_NETWORK} was made and is not there`)
  return ours(made)
}

/** The engine's default bridge, in which BuildKit builds; null where it has none. */
export async function defaultBridge(docker: Dockerode): Promise<string | null> {
  const found = await inspect(docker, 'bridge')
  return found?.Options?.[BRIDGE_NAME] ?? null
}

function spec() {
  return {
    Name: STEP_NETWORK,
    CheckDuplicate: true,
    Driver: 'bridge',
    Labels: { [LABEL]: 'steps' },
    Options: {
      [BRIDGE_NAME]: `lbx-${randomBytes(4).toString('hex')}`,
      'com.docker.network.bridge.enable_icc': 'false',
    },
  }
}

async function inspect(docker: Dockerode, name: string): Promise<z.infer<typeof Inspected> | null> {
  try {
    return Inspected.parse(await reach(() => docker.getNetwork(name).inspect()))
  } catch (error) {
    if (isStatus(error, 404)) return null
    throw error
  }
}

function ours({ Labels, Options }: z.infer<typeof Inspected>): EngineNetwork {
  const bridge = Options?.[BRIDGE_NAME]
  if (Labels?.[LABEL] === 'steps' && bridge !== undefined) return { name: STEP_NETWORK, bridge }
  throw new EngineFailed(`the engine has a network ${STEP_NETWORK} that Letterbox did not make; it is left alone`, {
    hint: `Remove it (docker network rm ${STEP_NETWORK}), or set worker.network.protect to false.`,
  })
}
