import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'

export type TestNetwork = {
  /** name of the namespace that plays the host, for ip-netns(8) */
  host: string
  /** and of the one behind it, which plays everything else */
  outside: string
  /** an address outside, such as any server's */
  server: string
  /** the address of a cloud's metadata service, outside as well */
  metadata: string
  /** ends what still lives in them */
  close(): void
}

/** Two network namespaces with a cable between them: firewalls and addresses in them are nobody else's. */
export function makeTestNetwork(): TestNetwork {
  const id = randomBytes(3).toString('hex')
  const [host, outside, cable] = [`lbxh-${id}`, `lbxo-${id}`, `lbxc-${id}`]
  const [server, metadata] = ['203.0.113.10', '169.254.169.254']
  const close = () => {
    for (const name of [host, outside]) {
      for (const pid of output(['netns', 'pids', name]).split('\n').filter(Boolean))
        process.kill(Number(pid), 'SIGKILL')
      output(['netns', 'delete', name])
    }
  }
  try {
    for (const name of [host, outside]) ip('netns', 'add', name)
    ip('link', 'add', cable, 'netns', host, 'type', 'veth', 'peer', 'name', cable, 'netns', outside)
    for (const [name, address] of [
      [host, '198.51.100.1/24'],
      [outside, '198.51.100.2/24'],
    ] as const) {
      ip('-n', name, 'link', 'set', 'lo', 'up')
      ip('-n', name, 'address', 'add', address, 'dev', cable)
      ip('-n', name, 'link', 'set', cable, 'up')
    }
    for (const address of [server, metadata]) ip('-n', outside, 'address', 'add', `${address}/32`, 'dev', 'lo')
    ip('-n', host, 'route', 'add', 'default', 'via', '198.51.100.2')
  } catch (error) {
    close()
    throw error
  }
  return { host, outside, server, metadata, close }
}

/** Program and first arguments that run a command in a namespace. */
export function inside(namespace: string): [string, string] {
  return ['nsenter', `--net=/run/netns/${namespace}`]
}

function ip(...args: string[]): void {
  const end = spawnSync('ip', args, { encoding: 'utf8', env: ENV })
  if (end.status !== 0) throw new Error(`ip ${args.join(' ')} failed: ${end.stderr}`)
}

function output(args: string[]): string {
  return spawnSync('ip', args, { encoding: 'utf8', env: ENV }).stdout ?? ''
}

const ENV = { ...process.env, PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` }
