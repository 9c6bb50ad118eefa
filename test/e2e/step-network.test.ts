import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { createServer } from 'node:net'
import type { TestContext } from 'node:test'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Run } from '../../job/run.ts'
import { endWithUs } from '../support/end-with-us.ts'
import { inside, makeTestNetwork } from '../support/network-namespace.ts'
import { startOwnEngine } from '../support/own-engine.ts'
import { type Stand, startStand, type Triggers } from '../support/stand.ts'
import { until } from '../support/until.ts'

/* Runs itself a second time in a network namespace of its own, where an engine and the worker may do to the firewall
 * what they do on a server. */

const OUTSIDE = process.env.LETTERBOX_TEST_OUTSIDE
const PORT = 8099

if (OUTSIDE === undefined) {
  test('the network of steps, on a machine of its own', { skip: reasonToSkip() }, async (t) => {
    const network = makeTestNetwork()
    t.after(() => network.close())
    const engine = await startOwnEngine(() => {}, network.host)
    t.after(() => engine.stop())
    const server = `require('net').createServer((s) => s.end('reached')).listen(80, () => console.log('up'))`
    const outside = endWithUs(
      spawn(inside(network.outside)[0], [inside(network.outside)[1], process.execPath, '-e', server]),
    )
    t.after(() => outside.kill('SIGKILL'))
    await until(() => outside.stdout !== null, { what: 'the server outside' })

    const [program, where] = inside(network.host)
    // the runner inside is no child of the one outside
    const { NODE_TEST_CONTEXT: _, ...others } = process.env
    const env = {
      ...others,
      DOCKER_HOST: engine.host,
      LETTERBOX_TEST_OUTSIDE: `${network.server} ${network.metadata}`,
    }
    const again = endWithUs(
      spawn(program, [where, process.execPath, '--test', '--test-isolation=none', fileURLToPath(import.meta.url)], {
        env,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
    const said: string[] = []
    for (const stream of [again.stdout, again.stderr]) stream?.on('data', (chunk) => said.push(String(chunk)))
    const code = await new Promise((resolve) => again.on('close', resolve))
    assert.equal(code, 0, said.join(''))
    for (const line of said
      .join('')
      .split('\n')
      .filter((one) => /^\s*[✔✖]/.test(one)))
      t.diagnostic(line.trim())
  })
} else {
  const [server = '', metadata = ''] = OUTSIDE.split(' ')

  test('E12: a step reaches the internet, but neither the host nor the metadata address', async (t) => {
    const stand = await protectedStand(t, { protect: true })
    const found = await reached(stand)
    assert.deepEqual(found, { server: true, metadata: false, gateway: false, host: false })
    assert.equal(await protectionOf(stand), 'in-force')
    const { stdout } = await stand.letterbox.command('doctor')
    assert.match(stdout, /ok +network .*kept from this machine/)
    assert.match(
      spawnSync('iptables', ['-S', 'DOCKER-USER'], { encoding: 'utf8' }).stdout,
      /-i lbx-\w+ -j LETTERBOX-STEPS/,
    )
  })

  test('E12: what the operator allows is reached', async (t) => {
    const stand = await protectedStand(t, { protect: true, allow: ['198.51.100.1'] })
    const found = await reached(stand)
    assert.deepEqual(found, { server: true, metadata: false, gateway: false, host: true })
  })

  test('E12: a flushed firewall is put right before the next step', async (t) => {
    const stand = await protectedStand(t, { protect: true })
    await reached(stand)
    spawnSync('iptables', ['-F', 'DOCKER-USER'])
    spawnSync('iptables', ['-F', 'INPUT'])
    assert.deepEqual(await reached(stand), { server: true, metadata: false, gateway: false, host: false })
  })

  test('without protection steps reach all that, and no rule of ours is left', async (t) => {
    const stand = await protectedStand(t, { protect: true })
    await reached(stand)
    stand.configure(PROBE, (config) => ({ ...config, worker: { ...config.worker, network: { protect: false } } }))
    await until(() => stand.letterbox.worker().output().includes('config'), { what: 'the new config' })
    const found = await until(
      async () => {
        const now = await reached(stand)
        return now.metadata ? now : null
      },
      { what: 'a step without protection', deadlineMs: 60_000 },
    )
    assert.deepEqual(found, { server: true, metadata: true, gateway: true, host: true })
    assert.doesNotMatch(spawnSync('iptables', ['-S'], { encoding: 'utf8' }).stdout, /LETTERBOX/)
  })

  test('E12: a classic build is kept from both; BuildKit from metadata where the default bridge is barred', async (t) => {
    const stand = await protectedStand(t, { protect: true, defaultBridge: true })
    const tried = async (builder: 'classic' | 'buildkit') => {
      stand.configure(
        [{ on: 'push', steps: [{ build: { image: 'acme/shop', builder, noCache: true } }] }],
        (config) => ({
          ...config,
          worker: { ...config.worker, network: { protect: true, defaultBridge: true } },
        }),
      )
      const run = await push(stand, { Dockerfile: `FROM busybox:1.36\nRUN echo ${builder}; ${SCRIPT}\n` })
      return verdicts(stand, run)
    }
    assert.deepEqual(await tried('classic'), { server: true, metadata: false, gateway: false, host: false })
    const buildKit = await tried('buildkit')
    assert.deepEqual([buildKit.server, buildKit.metadata], [true, false])
  })

  // busybox' own wget needs the C library's name service, which a static one on scratch lacks
  const ask = (name: string, address: string, port = 80) =>
    `if nc -w 2 ${address} ${port} </dev/null 2>&1 | grep -q reached; then echo ${name}=true; else echo ${name}=false; fi`
  const GATEWAY = "$(ip route | sed -n 's/^default via \\([0-9.]*\\) .*/\\1/p')"
  const SCRIPT = [
    ask('server', server),
    ask('metadata', metadata),
    ask('gateway', GATEWAY, PORT),
    ask('host', '198.51.100.1', PORT),
  ].join('; ')
  const PROBE: Triggers = [{ on: 'push', steps: [{ test: { image: 'busybox:1.36', command: SCRIPT } }] }]

  async function protectedStand(
    t: TestContext,
    network: { protect: boolean; allow?: string[]; defaultBridge?: boolean },
  ) {
    const host = createServer((socket) => socket.end('reached'))
    await new Promise<void>((resolve) => host.listen(PORT, '0.0.0.0', resolve))
    t.after(() => host.close())
    return startStand(t, {
      triggers: PROBE,
      change: (config) => ({ ...config, worker: { ...config.worker, network } }),
    })
  }

  async function reached(stand: Stand) {
    return verdicts(stand, await push(stand, {}))
  }

  let pushes = 0
  async function push(stand: Stand, files: Record<string, string>): Promise<Run> {
    pushes++
    const commit = await stand.shop.commit({ files: { ...files, number: String(pushes) } })
    await stand.github({ commit })
    return stand.letterbox.run('the run to end', (run) => run.commit === commit && run.finishedAt !== null)
  }

  function verdicts(stand: Stand, run: Run): Record<string, boolean> {
    const text = stand.letterbox.log(run.id).map((line) => line.text)
    assert.equal(run.state, 'succeeded', `${run.reason}\n${text.join('\n')}`)
    const found = text.flatMap((line) => /^(\w+)=(true|false)$/.exec(line) ?? []).filter((_, i) => i % 3 !== 0)
    return Object.fromEntries(found.flatMap((word, i) => (i % 2 === 0 ? [[word, found[i + 1] === 'true']] : [])))
  }

  async function protectionOf(stand: Stand): Promise<string> {
    const { readWorkerState } = await import('../../job/worker-state.ts')
    return until(() => readWorkerState(stand.letterbox.data.workerState)?.network?.state, { what: 'worker.json' })
  }
}

function reasonToSkip(): string | false {
  if (process.getuid?.() !== 0) return 'only root may make network namespaces'
  const works = spawnSync('iptables', ['-S']).status === 0
  return works ? false : 'iptables does not work here'
}
