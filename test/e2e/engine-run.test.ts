import assert from 'node:assert/strict'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, test } from 'node:test'
import Dockerode from 'dockerode'
import { createDockerEngine, type DockerEngine } from '../../worker/engines/docker/create-docker-engine.ts'
import type { BuildRequest, RunRequest } from '../../worker/engines/engine.ts'
import {
  ContainerRefused,
  ContainerStopped,
  EngineUnavailable,
  ImageMissing,
  ImageRefused,
} from '../../worker/engines/engine-errors.ts'
import { baseImage } from '../support/base-image.ts'
import { freshName, startEngine, type TestEngine } from '../support/engine.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { startRegistry } from '../support/registry.ts'
import { recordingIo } from '../support/step-io.ts'
import { until } from '../support/until.ts'

suite('running containers on a real engine', () => {
  const instance = freshName('test')
  let host: TestEngine
  let engine: DockerEngine
  let removeBase: () => Promise<void>

  before(async () => {
    host = await startEngine()
    removeBase = await baseImage(host.docker, 'busybox:1.36')
    engine = createDockerEngine({ docker: host.docker, instance })
  })
  after(async () => {
    assert.deepEqual(await ours(), [], 'containers were left behind')
    await removeBase()
    await host.stop()
  })

  test('a command as text runs in a shell, one as a list runs as it is, and the exit code is the verdict', async () => {
    const text = await run({ command: 'echo "$GREETING" | tr a-z A-Z; echo oops >&2; exit 3', env: { GREETING: 'hi' } })
    assert.deepEqual([text.end.exitCode, text.heard.stdout, text.heard.stderr], [3, 'HI\n', 'oops\n'])
    const list = await run({ command: ['echo', '$HOME; id', '`x`'] })
    assert.deepEqual([list.end.exitCode, list.heard.stdout], [0, '$HOME; id `x`\n'])
  })

  test('a command that is not there ends with 127, one that is no program with 126', async () => {
    assert.equal((await run({ command: ['/nope'] })).end.exitCode, 127)
    const text = await run({ command: ['/etc/passwd'] })
    assert.equal(text.end.exitCode, 126)
    assert.match(text.heard.stderr, /permission denied/)
  })

  test('a command takes the place of the entrypoint of the image', async (t) => {
    const folder = freshFolder(t)
    writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox:1.36\nENTRYPOINT ["echo", "entry"]\nCMD ["cmd"]\n')
    const reference = `letterbox-test/entry:${freshName('t')}`
    const { imageId } = await engine.build({ ...buildRequest, contextPath: folder, reference }, recordingIo().io)
    t.after(() => host.docker.getImage(reference).remove({ force: true }))
    assert.equal((await run({ image: imageId, command: ['echo', 'mine'] })).heard.stdout, 'mine\n')
    assert.equal((await run({ image: imageId, command: null })).heard.stdout, 'entry cmd\n')
  })

  test('user, working folder, environment, network and mounts are as asked', async (t) => {
    const folder = freshFolder(t)
    mkdirSync(join(folder, 'in'), { mode: 0o777 })
    writeFileSync(join(folder, 'in', 'file'), 'content')
    const mount = { source: join(folder, 'in'), target: '/checkout' }
    const asked = { user: '1234:5678', workingFolder: '/checkout', env: { A: 'x=y\nz' } }
    const readOnly = await run({
      ...asked,
      mounts: [{ ...mount, readOnly: true }],
      command: 'id -u; id -g; pwd; echo "$A"; cat file; ls /sys/class/net; touch new 2>&1',
    })
    assert.match(readOnly.heard.stdout, /^1234\n5678\n\/checkout\nx=y\nz\ncontentlo\n.*Read-only/)
    await run({ mounts: [{ ...mount, readOnly: false }], command: 'echo made > /checkout/new' })
    assert.equal(readFileSync(join(folder, 'in', 'new'), 'utf8'), 'made\n')
  })

  test('E08: files arrive for the user of the container, in no image and in no inspection', async () => {
    const files = { '/run/secrets/token': 's3cret', '/etc/other': 'x' }
    const asRoot = await run({ files, command: 'ls -ln /run/secrets/token; cat /run/secrets/token' })
    assert.match(asRoot.heard.stdout, /^-r-------- +1 0 +0 [\s\S]*s3cret$/)
    const asUser = await run({ files, user: '1234', command: 'ls -ln /run/secrets/token; cat /run/secrets/token' })
    assert.match(asUser.heard.stdout, /^-r-------- +1 1234 +0 [\s\S]*s3cret$/)
  })

  test('a container that wants more memory than it may have is known to have wanted it', async () => {
    const { end } = await run({ command: 'tail /dev/zero', memoryBytes: 16 * 1024 * 1024 })
    assert.equal(end.outOfMemory, true)
    assert.notEqual(end.exitCode, 0)
  })

  test('a container that ignores TERM and forks without end is gone within 5 s of the abort', async (t) => {
    const bombs = ['trap "" TERM INT HUP; while :; do sleep 1; done', 'bomb() { bomb | bomb & }; bomb; sleep 1000']
    for (const command of bombs) {
      const { io, abort } = recordingIo()
      const running = engine.run({ ...request, command, pids: 50 }, io)
      running.catch(() => {})
      await oursRunning()
      const from = performance.now()
      abort(new Error('canceled'))
      await assert.rejects(running, /canceled/)
      const took = performance.now() - from
      assert.deepEqual(await ours(), [])
      assert.ok(took < 5000, `${took} ms`)
      t.diagnostic(`gone after ${Math.round(took)} ms`)
    }
  })

  test('an abort before, while and after the container is made leaves none', async () => {
    for (const pauseMs of [null, 0, 1, 5, 10, 20, 40, 80]) {
      const { io, abort } = recordingIo()
      if (pauseMs === null) abort(new Error('canceled'))
      const running = engine.run({ ...request, command: 'sleep 60' }, io)
      running.catch(() => {})
      setTimeout(() => abort(new Error('canceled')), pauseMs ?? 0)
      await assert.rejects(running, /canceled/)
      assert.deepEqual(await ours(), [])
    }
  })

  test('a hundred megabytes of output, also in crumbs, pass through without filling memory', async (t) => {
    const before = process.memoryUsage.rss()
    let bytes = 0
    let peak = 0
    const io = {
      ...recordingIo().io,
      stdout(chunk: string | Uint8Array) {
        bytes += chunk.length
        peak = Math.max(peak, process.memoryUsage.rss())
      },
    }
    await engine.run({ ...request, command: 'yes | head -c 100000000' }, io)
    assert.equal(bytes, 100_000_000)
    bytes = 0
    await engine.run({ ...request, command: 'dd if=/dev/zero bs=1 count=200000 2>/dev/null' }, io)
    assert.equal(bytes, 200_000)
    const grown = Math.round((peak - before) / 1e6)
    assert.ok(grown < 150, `grew by ${grown} MB`)
    t.diagnostic(`memory grew by ${grown} MB at most`)
  })

  test('the engine keeps no log of the container, and gives it no rights that others lack', async () => {
    const { io, abort } = recordingIo()
    const running = engine.run({ ...request, command: 'sleep 60' }, io)
    running.catch(() => {})
    const container = await oursRunning()
    const { HostConfig, Config } = await host.docker.getContainer(container.Id).inspect()
    assert.equal(HostConfig.LogConfig?.Type, 'none')
    assert.equal(HostConfig.Privileged, false)
    assert.equal(HostConfig.PidsLimit, 4096)
    assert.equal(Config.Labels['dev.letterbox.managed'], 'true')
    assert.equal(Config.Labels['dev.letterbox.repository'], request.owner.repository)
    abort()
    await assert.rejects(running)
  })

  test('wrong wishes are told as such: a network, a user, an image id that is not there', async () => {
    await assert.rejects(run({ command: 'true', network: 'no-such-net' }), ContainerRefused)
    await assert.rejects(run({ command: 'true', user: 'nosuchuser' }), ContainerRefused)
    await assert.rejects(run({ command: 'true', image: `sha256:${'0'.repeat(64)}` }), ImageMissing)
  })

  test('a named image that is not there is pulled, with the login for its registry', async (t) => {
    const registry = await startRegistry()
    t.after(() => registry.close())
    const name = `${registry.address}/tools/box`
    const login = { address: registry.address, username: registry.username, password: registry.password }
    await engine.push({ imageId: 'busybox:1.36', name, tag: '2', registry: login }, recordingIo().io)
    assert.equal(await engine.hasImage(`${name}:2`), false)
    const image = `${name}:2`
    const wrong = [{ ...login, password: 'wrong' }]
    await assert.rejects(run({ image, command: 'true', registries: wrong }), ImageRefused)
    const { heard } = await run({ image, command: 'echo pulled', registries: [login] })
    t.after(() => host.docker.getImage(image).remove())
    assert.equal(heard.stdout, 'pulled\n')
    await assert.rejects(run({ image: `${name}:3`, command: 'true', registries: [login] }), ImageRefused)
  })

  test('C14: a sweep takes what a killed worker left, not the living, not those of others or of an image', async () => {
    const other = createDockerEngine({ docker: host.docker, instance: freshName('other') })
    const left = await leave('01KDEAD', `letterbox-01kdead-0-${freshName('x')}`, instance)
    const living = await leave('01KLIVING', `letterbox-01kliving-0-${freshName('x')}`, instance)
    const foreign = await leave('01KDEAD', `letterbox-01kdead-0-${freshName('x')}`, 'another')
    const inherited = await leave('01KDEAD', freshName('shop-in-production'), instance)
    try {
      assert.equal(await other.sweep([]), 0)
      assert.equal(await engine.sweep(['01KLIVING']), 1)
      const all = (await host.docker.listContainers({ all: true })).map(({ Id }) => Id)
      assert.deepEqual(
        [left, living, foreign, inherited].map((id) => all.includes(id)),
        [false, true, true, true],
      )
    } finally {
      for (const id of [living, foreign, inherited]) await host.docker.getContainer(id).remove({ force: true })
    }
  })

  test('a step that runs again after a crash removes the container of its first life', async () => {
    const left = await leave(
      request.owner.run,
      `letterbox-${request.owner.run.toLowerCase()}-0-${freshName('x')}`,
      instance,
    )
    await run({ command: 'true' })
    await assert.rejects(host.docker.getContainer(left).inspect(), /no such container/i)
  })

  test('a container that somebody else stops is no verdict on the code, whatever it exits with', async () => {
    const { io } = recordingIo()
    const running = engine.run({ ...request, command: 'trap "exit 0" TERM; sleep 60 & wait' }, io)
    running.catch(() => {})
    const container = await oursRunning()
    await host.docker.getContainer(container.Id).stop()
    await assert.rejects(running, ContainerStopped)
  })

  test('an engine that does not answer is told as such, with a hint', async (t) => {
    const nobody = createDockerEngine({
      docker: new Dockerode({ socketPath: join(freshFolder(t), 'no.sock') }),
      instance,
    })
    const signal = AbortSignal.timeout(5000)
    for (const call of [nobody.facts(signal), nobody.run(request, recordingIo().io), nobody.sweep([])]) {
      await assert.rejects(call, (error) => {
        assert.ok(error instanceof EngineUnavailable)
        assert.match(error.hint ?? '', /DOCKER_HOST/)
        return true
      })
    }
  })

  test('the facts name the engine and whether it has BuildKit', async () => {
    const facts = await engine.facts(AbortSignal.timeout(5000))
    assert.deepEqual([facts.kind, facts.buildKit], ['docker', true])
    assert.match(facts.version, /^\d+\./)
  })

  const request: RunRequest = {
    owner: { run: freshName('01KRUN'), step: 0, repository: 'example.com/acme/shop' },
    image: 'busybox:1.36',
    command: 'true',
    env: {},
    user: null,
    workingFolder: null,
    memoryBytes: null,
    cpus: null,
    pids: null,
    network: 'none',
    mounts: [],
    files: {},
    registries: [],
  }
  const buildRequest = {
    owner: request.owner,
    dockerfile: 'Dockerfile',
    target: null,
    args: {},
    labels: {},
    platform: null,
    pull: false,
    noCache: false,
    secrets: {},
    registries: [],
    builder: 'auto' as const,
    memoryBytes: null,
  } satisfies Partial<BuildRequest>

  async function run(change: Partial<RunRequest>) {
    const { io, heard } = recordingIo()
    const end = await engine.run({ ...request, ...change }, io)
    return { end, heard }
  }

  async function ours() {
    return host.docker.listContainers({ all: true, filters: { label: [`dev.letterbox.instance=${instance}`] } })
  }

  /** One that is just being made is listed before it can be inspected. */
  async function oursRunning() {
    const find = async () => (await ours()).find(({ State }) => State === 'running')
    return until(find, { what: 'the container to run' })
  }

  async function leave(runId: string, name: string, owner: string): Promise<string> {
    const labels = {
      'dev.letterbox.managed': 'true',
      'dev.letterbox.instance': owner,
      'dev.letterbox.run': runId,
      'dev.letterbox.step': '0',
    }
    const spec = {
      name,
      Image: 'busybox:1.36',
      Cmd: ['sleep', '1000'],
      Labels: labels,
      HostConfig: { NetworkMode: 'none' },
    }
    const container = await host.docker.createContainer(spec)
    await container.start()
    return container.id
  }
})
