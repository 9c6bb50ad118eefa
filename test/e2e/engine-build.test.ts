import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { request } from 'node:https'
import { dirname, join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { createDockerEngine, type DockerEngine } from '../../worker/engines/docker/create-docker-engine.ts'
import type { BuildRequest } from '../../worker/engines/engine.ts'
import {
  BuildContextTooLarge,
  BuildKitMissing,
  ImageBuildFailed,
  ImageRefused,
  RegistryUnavailable,
} from '../../worker/engines/engine-errors.ts'
import { baseImage } from '../support/base-image.ts'
import { freshName, startEngine, type TestEngine } from '../support/engine.ts'
import { freePort } from '../support/free-port.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { startRegistry, type TestRegistry } from '../support/registry.ts'
import { recordingIo } from '../support/step-io.ts'
import { until } from '../support/until.ts'

suite('building images on a real engine', () => {
  let host: TestEngine
  let engine: DockerEngine
  let removeBase: () => Promise<void>

  before(async () => {
    host = await startEngine()
    removeBase = await baseImage(host.docker, 'busybox:1.36')
    engine = createDockerEngine({ docker: host.docker, instance: freshName('test') })
  })
  after(async () => {
    await removeBase()
    await host.stop()
  })

  for (const builder of ['buildkit', 'classic'] as const) {
    test(`${builder} builds another Dockerfile, a target of it, with arguments and labels`, async (t) => {
      const dockerfile = `
FROM busybox:1.36 AS base
ARG GREETING
RUN echo "$GREETING" > /greeting
FROM base AS early
RUN echo early > /stage
FROM base
RUN echo late > /stage
`
      const { io } = recordingIo()
      const request = folderWith(t, { 'Dockerfile.dev': dockerfile }, { builder, dockerfile: 'Dockerfile.dev' })
      const { imageId } = await engine.build(
        { ...request, target: 'early', args: { GREETING: "it's $HOME; `id`" }, labels: { 'org.example': 'a "b" c' } },
        io,
      )
      const image = await host.docker.getImage(imageId).inspect()
      assert.equal(image.Config.Labels['org.example'], 'a "b" c')
      assert.ok(image.RepoTags.includes(request.reference))
      assert.equal(await output(imageId, 'cat /greeting /stage'), "it's $HOME; `id`\nearly\n")
    })

    test(`${builder} tells the exit code and the last lines of the RUN that fails`, async (t) => {
      // stdout and stderr are two pipes: only time keeps their order
      const run = 'for i in $(seq 50); do echo line $i; done; sleep 1; echo sorry >&2; exit 7'
      const dockerfile = `FROM busybox:1.36\nRUN ${run}\n`
      const { io, heard } = recordingIo()
      const request = folderWith(t, { Dockerfile: dockerfile }, { builder })
      await assert.rejects(engine.build(request, io), (error) => {
        assert.ok(error instanceof ImageBuildFailed)
        assert.equal(error.exitCode, 7)
        assert.equal(error.fault, 'theirs')
        assert.ok(
          ['line 50', 'sorry'].every((line) => error.lastLines.includes(line)),
          error.lastLines.join('\n'),
        )
        return true
      })
      assert.match(heard.stdout, /line 1\nline 2\n/)
      assert.equal(heard.stderr, 'sorry\n')
    })

    test(`${builder} blames the Dockerfile for a COPY of nothing, a wrong word and a missing target`, async (t) => {
      const wrong = {
        'FROM busybox:1.36\nCOPY nope /x\n': {},
        'FROM busybox:1.36\nFROBNICATE /x\n': {},
        'FROM busybox:1.36 AS one\n': { target: 'two' },
      }
      for (const [Dockerfile, extra] of Object.entries(wrong)) {
        const request = folderWith(t, { Dockerfile }, { builder, ...extra })
        await assert.rejects(engine.build(request, recordingIo().io), ImageBuildFailed)
      }
    })

    test(`${builder} leaves out what .dockerignore names and takes back what it excepts`, async (t) => {
      const files = {
        Dockerfile: 'FROM busybox:1.36\nCOPY . /all/\n',
        '.dockerignore':
          '# comment\nsecret.txt\nnode_modules\ndocs/**\n!docs/keep.md\n*.log\n.dockerignore\nDockerfile\n',
        'secret.txt': 's',
        'a.txt': 'a',
        'b.log': 'b',
        'sub/c.log': 'c',
        'node_modules/x/index.js': 'x',
        'docs/drop.md': 'd',
        'docs/keep.md': 'k',
      }
      const { imageId } = await engine.build(folderWith(t, files, { builder }), recordingIo().io)
      const sent = (await output(imageId, 'cd /all && find . -type f | sort')).trim().split('\n')
      const unneeded = ['./.dockerignore', './Dockerfile']
      assert.deepEqual(
        sent.filter((file) => !unneeded.includes(file)),
        ['./a.txt', './docs/keep.md', './sub/c.log'],
      )
      assert.doesNotMatch(await output(imageId, 'ls /all'), /node_modules/)
    })

    test(`B10: ${builder} sees links in the context as links, never what they point at on the host`, async (t) => {
      const request = folderWith(t, { Dockerfile: 'FROM busybox:1.36\nCOPY . /all/\n' }, { builder })
      symlinkSync('/etc/shadow', join(request.contextPath, 'stolen'))
      symlinkSync('/root', join(request.contextPath, 'home'))
      execFileSync('mkfifo', [join(request.contextPath, 'pipe')])
      const { imageId } = await engine.build(request, recordingIo().io)
      assert.equal(await output(imageId, 'readlink /all/stolen; readlink /all/home'), '/etc/shadow\n/root\n')
      assert.doesNotMatch(await output(imageId, 'ls /all'), /pipe/)
    })

    test(`${builder} stops within 5 s when it is told to, and leaves no container`, async (t) => {
      const marker = `31${String(process.pid).padStart(6, '0')}${builder.length}`
      const dockerfile = `FROM busybox:1.36\nRUN trap "" TERM INT; sleep ${marker}\n`
      const { io, abort } = recordingIo()
      const building = engine.build(folderWith(t, { Dockerfile: dockerfile }, { builder, noCache: true }), io)
      building.catch(() => {})
      await until(() => processes(`sleep ${marker}`).length > 0, { what: 'the build to run', deadlineMs: 20_000 })
      const from = performance.now()
      abort(new Error('canceled'))
      await assert.rejects(building, /canceled/)
      await until(() => processes(`sleep ${marker}`).length === 0, { what: 'the build to stop', deadlineMs: 5000 })
      await until(async () => (await containersOf(marker)).length === 0, { what: 'its container to go' })
      t.diagnostic(`stopped after ${Math.round(performance.now() - from)} ms`)
    })

    test(`${builder} pulls a base image from a private registry with its login, and says so where it is refused`, async (t) => {
      const registry = await withRegistry(t)
      const { username, password } = registry
      const pushed = { imageId: 'busybox:1.36', name: `${registry.address}/base/${builder}`, tag: '1' }
      await engine.push({ ...pushed, registry: { address: registry.address, username, password } }, recordingIo().io)
      const login = { address: await plainProxy(t, registry), username, password }
      const name = `${login.address}/base/${builder}`
      const request = folderWith(t, { Dockerfile: `FROM ${name}:1\nRUN echo there\n` }, { builder })

      await assert.rejects(engine.build(request, recordingIo().io), ImageRefused)
      const wrong = { ...request, registries: [{ ...login, password: 'wrong' }] }
      await assert.rejects(engine.build(wrong, recordingIo().io), ImageRefused)
      const { heard, io } = recordingIo()
      await engine.build({ ...request, registries: [login] }, io)
      assert.match(heard.stdout, /there/)
      assert.doesNotMatch(JSON.stringify(heard), new RegExp(login.password))

      const missing = folderWith(t, { Dockerfile: `FROM ${name}:2\n` }, { builder, registries: [login] })
      await assert.rejects(engine.build(missing, recordingIo().io), ImageRefused)
      const nobody = `127.0.0.1:${await freePort()}`
      const down = folderWith(t, { Dockerfile: `FROM ${nobody}/x:1\n` }, { builder })
      await assert.rejects(engine.build(down, recordingIo().io), RegistryUnavailable)
      await forget(`${name}:1`)
    })
  }

  test('E09: a secret is there while it is needed, also late in the build, and nowhere afterwards', async (t) => {
    const secret = 'hunter2-7f3a'
    const dockerfile = `
FROM busybox:1.36
RUN --mount=type=secret,id=early,required=true wc -c < /run/secrets/early
RUN sleep 6
RUN --mount=type=secret,id=late,required=true wc -c < /run/secrets/late > /size
RUN ls -a /run > /listing
`
    const { io, heard } = recordingIo()
    const request = folderWith(t, { Dockerfile: dockerfile }, { secrets: { early: secret, late: `${secret}-late` } })
    const { imageId } = await engine.build({ ...request, noCache: true }, io)
    assert.match(heard.stdout, /^12$/m)
    assert.equal(await output(imageId, 'cat /size'), '17\n')
    const history = JSON.stringify(await host.docker.getImage(imageId).history())
    assert.doesNotMatch(history, /hunter2/)
    assert.equal(await imageHolds(imageId, 'hunter2'), false)
  })

  test('a secret that the step does not give fails the build', async (t) => {
    const Dockerfile = 'FROM busybox:1.36\nRUN --mount=type=secret,id=other,required=true cat /run/secrets/other\n'
    const request = folderWith(t, { Dockerfile }, { secrets: { mine: 'x' } })
    await assert.rejects(engine.build(request, recordingIo().io), ImageBuildFailed)
  })

  test('build secrets with the classic builder are refused before anything is sent', async (t) => {
    const request = folderWith(t, { Dockerfile: 'FROM busybox:1.36\n' }, { secrets: { a: 'b' }, builder: 'classic' })
    await assert.rejects(engine.build(request, recordingIo().io), BuildKitMissing)
  })

  test('a context over the limit is refused, also a sparse one, before anything is sent', async (t) => {
    const small = createDockerEngine({ docker: host.docker, instance: 'x', maxContextBytes: 1_000_000 })
    const request = folderWith(t, { Dockerfile: 'FROM busybox:1.36\n' }, {})
    execFileSync('truncate', ['-s', '1T', join(request.contextPath, 'sparse')])
    await assert.rejects(small.build(request, recordingIo().io), BuildContextTooLarge)
  })

  test('the log shows what runs, what came from the cache and how long it took', async (t) => {
    const Dockerfile = `FROM busybox:1.36\nRUN echo ${freshName('fresh')}\n`
    const request = folderWith(t, { Dockerfile }, {})
    const first = recordingIo()
    await engine.build(request, first.io)
    assert.match(first.heard.stdout, /#\d+ \[2\/2\] RUN echo fresh/)
    assert.match(first.heard.stdout, /#\d+ DONE \d+\.\ds/)
    const second = recordingIo()
    await engine.build(request, second.io)
    assert.match(second.heard.stdout, /#\d+ CACHED/)
  })

  test('the references of a pruned run go, those of others stay', async (t) => {
    const run = freshName('01KPRUNE')
    const request = folderWith(t, { Dockerfile: 'FROM busybox:1.36\n' }, { labels: { 'dev.letterbox.run': run } })
    const reference = `acme/pruned:${run.toLowerCase()}-0`
    const { imageId } = await engine.build({ ...request, reference }, recordingIo().io)
    await host.docker.getImage(imageId).tag({ repo: 'acme/kept', tag: run.toLowerCase().slice(2) })
    t.after(() => forget(`acme/kept:${run.toLowerCase().slice(2)}`))
    assert.equal(await engine.removeImages([run]), 1)
    assert.equal(await engine.hasImage(reference), false)
    assert.equal(await engine.hasImage(imageId), true)
  })

  function folderWith(t: TestContext, files: Record<string, string>, extra: Partial<BuildRequest>): BuildRequest {
    const contextPath = freshFolder(t)
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(contextPath, path)), { recursive: true })
      writeFileSync(join(contextPath, path), content)
    }
    const reference = `letterbox-test/build:${freshName('t')}`
    t.after(() => forget(reference))
    return {
      owner: { run: '01KTEST', step: 0, repository: 'example.com/acme/shop' },
      contextPath,
      dockerfile: 'Dockerfile',
      reference,
      target: null,
      args: {},
      labels: {},
      platform: null,
      pull: false,
      noCache: false,
      secrets: {},
      registries: [],
      builder: 'auto',
      memoryBytes: null,
      ...extra,
    }
  }

  async function output(image: string, command: string): Promise<string> {
    const { io, heard } = recordingIo()
    const owner = { run: freshName('01KOUT'), step: 0, repository: 'x/y' }
    const nothing = { env: {}, mounts: [], files: {}, registries: [] }
    const limits = { user: null, workingFolder: null, memoryBytes: null, cpus: null, pids: null, network: 'none' }
    const end = await engine.run({ owner, image, command, ...nothing, ...limits }, io)
    assert.equal(end.exitCode, 0, heard.stderr)
    return heard.stdout
  }

  async function forget(reference: string): Promise<void> {
    await host.docker
      .getImage(reference)
      .remove({ force: true })
      .catch((error: Error & { statusCode?: number }) => {
        if (error.statusCode !== 404) throw error
      })
  }

  async function containersOf(marker: string) {
    const all = await host.docker.listContainers({ all: true })
    return all.filter((container) => container.Command.includes(marker))
  }

  async function imageHolds(image: string, text: string): Promise<boolean> {
    const archive = await host.docker.getImage(image).get()
    let tail = ''
    for await (const chunk of archive) {
      const here = tail + chunk.toString('latin1')
      if (here.includes(text)) return true
      tail = here.slice(-text.length)
    }
    return false
  }
})

function processes(command: string): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim() === command)
}

/** BuildKit speaks plain HTTP to loopback addresses, whatever they want, so TLS is taken off on the way. */
async function plainProxy(t: TestContext, registry: TestRegistry): Promise<string> {
  const ca = readFileSync(registry.caFile)
  const proxy = createServer((incoming, answer) => {
    const { method, headers, url } = incoming
    const asked = request(`${registry.url}${url}`, { method, headers, ca, agent: false }, (response) => {
      answer.writeHead(response.statusCode ?? 502, response.headers)
      response.pipe(answer)
    })
    incoming.pipe(asked)
  })
  const port = await freePort()
  await new Promise<void>((resolve) => proxy.listen(port, '127.0.0.1', resolve))
  t.after(() => new Promise((resolve) => proxy.close(resolve).closeAllConnections()))
  return `127.0.0.1:${port}`
}

async function withRegistry(t: TestContext): Promise<TestRegistry> {
  const registry = await startRegistry()
  t.after(() => registry.close())
  return registry
}
