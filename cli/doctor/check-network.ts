import { workerSeen } from '../store/worker-seen.ts'
import { type Check, ok, warn } from './check.ts'

const NAME = 'network'

/** Are steps kept from this machine and from cloud metadata addresses? As the worker saw it last. */
export async function checkNetwork(data: string, now: Date): Promise<Check> {
  const seen = await workerSeen(data, now)
  const network = seen.kind === 'alive' || seen.kind === 'silent' ? (seen.state.network ?? null) : null
  if (network === null) return ok(NAME, 'no step has needed a network since the worker was started')
  if (network.state === 'in-force')
    return ok(NAME, 'steps are kept from this machine and from cloud metadata addresses')
  return warn(
    NAME,
    `steps reach this machine and cloud metadata addresses: ${network.why ?? 'no reason is known'}`,
    network.state === 'off'
      ? 'Set worker.network.protect to true, unless you trust every repository with that.'
      : 'Install iptables (Debian, Ubuntu: apt-get install iptables) and run the worker as root beside the engine.',
  )
}
