import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, suite, type TestContext, test } from 'node:test'
import { createDockerEngine, type DockerEngine } from '../../worker/engines/docker/create-docker-engine.ts'
import type { PushRequest, RegistryLogin } from '../../worker/engines/engine.ts'
import { PushDenied, RegistryLoginFailed, RegistryUnavailable } from '../../worker/engines/engine-errors.ts'
import { baseImage } from '../support/base-image.ts'
import { freshName, startEngine, type TestEngine } from '../support/engine.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { startRegistry, type TestRegistry } from '../support/registry.ts'
import { recordingIo } from '../support/step-io.ts'

suite('pushing images to a real registry with TLS and htpasswd', () => {
  let host: TestEngine
  let registry: TestRegistry
  let engine: DockerEngine
  let login: RegistryLogin
  let removeBase: () => Promise<void>

  before(async () => {
    host = await startEngine()
    removeBase = await baseImage(host.docker, 'busybox:1.36')
    registry = await startRegistry()
    engine = createDockerEngine({ docker: host.docker, instance: freshName('test'), pushRetryMs: 10 })
    login = { address: registry.address, username: registry.username, password: registry.password }
  })
  after(async () => {
    await registry.close()
    await removeBase()
    await host.stop()
  })

  test('a pushed image is in the registry under its digest, and no tag of it stays on the engine', async (t) => {
    const request = await pushRequest(t, 'acme/shop', '1.4.2')
    const { io, heard } = recordingIo()
    const { digest } = await engine.push(request, io)
    assert.match(digest, /^sha256:[0-9a-f]{64}$/)
    assert.equal((await registry.inspect('acme/shop', '1.4.2'))?.digest, digest)
    assert.equal(await engine.hasImage(`${request.name}:1.4.2`), false)
    assert.equal(await engine.hasImage(request.imageId), true)
    assert.doesNotMatch(JSON.stringify(heard), new RegExp(registry.password))
  })

  test('after a crash the engine knows whether this very image is in the registry already', async (t) => {
    const request = await pushRequest(t, 'acme/asked', 'latest')
    const signal = AbortSignal.timeout(20_000)
    assert.equal(await engine.pushed(request, signal), null)
    const { digest } = await engine.push(request, recordingIo().io)
    assert.equal(await engine.pushed(request, signal), digest)
    assert.equal(await engine.hasImage(`${request.name}@${digest}`), false, 'asking leaves nothing behind')
    assert.equal(await engine.hasImage(request.imageId), true)

    const other = await pushRequest(t, 'acme/asked', 'latest')
    assert.equal(await engine.pushed(other, signal), null)
    await assert.rejects(engine.pushed({ ...request, registry: { ...login, password: 'wrong' } }, signal), PushDenied)
  })

  test('two images pushed under one tag at the same time never swap', async (t) => {
    const requests = await Promise.all([1, 2, 3, 4].map(() => pushRequest(t, 'acme/raced', 'latest')))
    const digests = await Promise.all(requests.map((request) => engine.push(request, recordingIo().io)))
    for (const [index, { digest }] of digests.entries()) {
      const alone = await engine.push({ ...(requests[index] ?? assert.fail()), tag: `only-${index}` }, recordingIo().io)
      assert.equal(digest, alone.digest)
    }
    assert.equal(new Set(digests.map(({ digest }) => digest)).size, 4)
    assert.equal((await registry.inspect('acme/raced', 'latest'))?.digest, digests[3]?.digest)
  })

  test('a wrong password, and none at all, are told as such and not tried again', async (t) => {
    for (const wrong of [{ ...login, password: 'wrong-8080' }, null]) {
      const { io, heard } = recordingIo()
      const request = { ...(await pushRequest(t, 'acme/denied', '1')), registry: wrong }
      await assert.rejects(engine.push(request, io), (error) => {
        assert.ok(error instanceof PushDenied, String(error))
        assert.match(error.hint ?? '', /username.*password/)
        return true
      })
      assert.doesNotMatch(JSON.stringify(heard), /wrong-8080|trying again/)
    }
  })

  test('a registry that is down is tried three times, and told as our trouble', async (t) => {
    const request = await pushRequest(t, 'acme/down', '1')
    await registry.down()
    const { io, heard } = recordingIo()
    try {
      await assert.rejects(engine.push(request, io), (error) => {
        assert.ok(error instanceof RegistryUnavailable, String(error))
        assert.equal(error.fault, 'ours')
        return true
      })
      await assert.rejects(engine.login(login, AbortSignal.timeout(5000)), RegistryUnavailable)
      await assert.rejects(engine.pushed(request, AbortSignal.timeout(5000)), RegistryUnavailable)
    } finally {
      await registry.up()
    }
    assert.equal(heard.said.filter((line) => line.includes('trying again')).length, 2)
    assert.match((await engine.push(request, recordingIo().io)).digest, /^sha256:/)
  })

  test('a login is good, or not', async () => {
    await engine.login(login, AbortSignal.timeout(5000))
    const wrong = { ...login, password: 'wrong' }
    await assert.rejects(engine.login(wrong, AbortSignal.timeout(5000)), RegistryLoginFailed)
  })

  test('an abort ends a push', async (t) => {
    const { io, abort } = recordingIo()
    const request = await pushRequest(t, 'acme/aborted', '1')
    const pushing = engine.push(request, io)
    abort(new Error('canceled'))
    await assert.rejects(pushing, /canceled/)
    assert.equal(await engine.hasImage(`${request.name}:1`), false)
  })

  async function pushRequest(t: TestContext, image: string, tag: string): Promise<PushRequest> {
    const folder = freshFolder(t)
    writeFileSync(join(folder, 'Dockerfile'), `FROM busybox:1.36\nRUN echo ${freshName('content')} > /content\n`)
    const reference = `letterbox-test/push:${freshName('t')}`
    const { imageId } = await engine.build(
      {
        owner: { run: '01KPUSH', step: 0, repository: 'example.com/acme/shop' },
        contextPath: folder,
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
      },
      recordingIo().io,
    )
    t.after(() => host.docker.getImage(reference).remove({ force: true }))
    return { imageId, name: `${registry.address}/${image}`, tag, registry: login }
  }
})
