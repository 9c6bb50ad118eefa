import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from '../../../../worker/steps/build.ts'
import { IMAGE_ID, only, stepStand } from './step-stand.ts'

const DOCKERFILE = { dockerfile: 'package.json' }

test('a build asks the engine with its options, a reference of its own and labels that tell the origin', async () => {
  const { step, context, asked } = stepStand(
    {
      build: {
        image: 'acme/{{ repository.name }}-dev',
        ...DOCKERFILE,
        target: 'production',
        args: { VERSION: '24' },
        secrets: ['npm'],
        memory: '1g',
      },
    },
    { event: { branch: 'feature/a' } },
  )
  const end = await build(only(step, 'build'), context)
  const [request] = asked.builds
  assert.ok(request)
  assert.equal(request.reference, `acme/shop-dev:${context.run.id.toLowerCase()}-1`)
  assert.deepEqual(request.args, { VERSION: '24' })
  assert.deepEqual(request.secrets, { npm: 'npm-1', LETTERBOX_CANARY: context.secrets.canary })
  assert.deepEqual(request.registries, [{ address: 'code.example.com:5000', username: 'ci', password: 'pw-1' }])
  assert.equal(request.memoryBytes, 1024 ** 3)
  assert.deepEqual(request.labels, {
    'org.opencontainers.image.revision': 'a'.repeat(40),
    'org.opencontainers.image.source': 'https://github.com/acme/shop',
    'org.opencontainers.image.created': '2026-11-21T05:00:02.000Z',
    'org.opencontainers.image.version': 'feature/a',
    'dev.letterbox.run': context.run.id,
  })
  assert.deepEqual(end, { exitCode: null, outputs: { image: 'acme/shop-dev', imageId: IMAGE_ID } })
  assert.deepEqual(context.images, [{ step: 1, name: 'acme/shop-dev', imageId: IMAGE_ID }])
})

test('the version of an image that a tag starts is the tag without its v', async () => {
  const event = { type: 'tag', ref: 'refs/tags/v1.4.2', branch: null, tag: 'v1.4.2' } as const
  const { step, context, asked } = stepStand({ build: { image: 'acme/shop', ...DOCKERFILE } }, { event })
  await build(only(step, 'build'), context)
  assert.equal(asked.builds[0]?.labels['org.opencontainers.image.version'], '1.4.2')
})

test('an image name that a branch spoils is refused before the engine is asked', async () => {
  const { step, context, asked } = stepStand(
    { build: { image: 'acme/{{ branch }}', ...DOCKERFILE } },
    { event: { branch: 'Ä:1' } },
  )
  await assert.rejects(build(only(step, 'build'), context), { code: 'IMAGE_NAME_INVALID' })
  assert.equal(asked.builds.length, 0)
})

test('a build without a checkout says that there is nothing to build', async () => {
  const { step, context } = stepStand({ build: { image: 'acme/shop' } }, { workspace: null })
  await assert.rejects(build(only(step, 'build'), context), { code: 'NOTHING_TO_BUILD' })
})

test('a build from another repository fetches that one, and removes its checkout also after a failure', async () => {
  const written = {
    build: { image: 'acme/crm', ...DOCKERFILE, source: { repository: 'bitbucket.org/acme/crm_deploy', tag: 'v2' } },
  }
  const stand = stepStand(written)
  await build(only(stand.step, 'build'), stand.context)
  assert.deepEqual([stand.asked.fetches[0]?.ref, stand.asked.fetches[0]?.commit], ['refs/tags/v2', null])
  assert.equal(stand.asked.fetches[0]?.target.repository, 'bitbucket.org/acme/crm_deploy')
  assert.equal(
    stand.asked.builds[0]?.labels['org.opencontainers.image.source'],
    'https://bitbucket.org/acme/crm_deploy',
  )
  assert.equal(stand.asked.removed, 1)

  const failing = stepStand(written, { engine: { build: () => Promise.reject(new Error('no')) } })
  await assert.rejects(build(only(failing.step, 'build'), failing.context), /no/)
  assert.equal(failing.asked.removed, 1)
})

test('a secret that the repository does not have is told by its name', async () => {
  const { step, context } = stepStand({ build: { image: 'acme/shop', ...DOCKERFILE, secrets: ['other'] } })
  await assert.rejects(build(only(step, 'build'), context), { code: 'SECRET_NOT_DECLARED' })
})

test('E09: an image that tells a secret of its build is not known to later steps, so it cannot be pushed', async () => {
  const written = { build: { image: 'acme/shop', ...DOCKERFILE, secrets: ['npm'] } }
  const leaks: [string, { config: unknown; history: unknown }, RegExp][] = [
    ['its environment', { config: { Env: ['TOKEN=npm-secret-1'] }, history: [] }, /npm .* configuration of the image/],
    ['its history', { config: {}, history: [{ CreatedBy: '|1 T=bnBtLXNlY3JldC0x /bin/sh' }] }, /npm .* history/],
  ]
  for (const [what, described, message] of leaks) {
    const { step, context } = stepStand(written, {
      secrets: { NPM: 'npm-secret-1' },
      engine: { describeImage: async () => described },
    })
    await assert.rejects(build(only(step, 'build'), context), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'SECRET_LEAKED', what)
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /npm-secret-1/)
      return true
    })
    assert.deepEqual(context.images, [])
  }
})

test('an image is looked at only when the run was given secrets, and its layers only when the step asks for it', async () => {
  const asked: string[] = []
  const engine = {
    describeImage: async () => {
      asked.push('describe')
      return { config: {}, history: [] }
    },
    async *imageLayers() {
      asked.push('layers')
      async function* content() {
        yield Buffer.from('harmless npm-sec')
        yield Buffer.from('ret-1')
      }
      yield { layer: 'abc', content: content() }
    },
  }
  const secrets = { NPM: 'npm-secret-1' }
  const none = stepStand({ build: { image: 'acme/shop', ...DOCKERFILE, scan: 'layers' } }, { engine })
  await build(only(none.step, 'build'), none.context)
  assert.deepEqual(asked, [])
  const plain = stepStand({ build: { image: 'acme/shop', ...DOCKERFILE, secrets: ['npm'] } }, { engine, secrets })
  await build(only(plain.step, 'build'), plain.context)
  assert.deepEqual(asked, ['describe'])
  const whole = { build: { image: 'acme/shop', ...DOCKERFILE, secrets: ['npm'], scan: 'layers' } }
  const scanned = stepStand(whole, { engine, secrets })
  await assert.rejects(build(only(scanned.step, 'build'), scanned.context), {
    code: 'SECRET_LEAKED',
    sink: 'layer abc of the image acme/shop',
  })
})

test('a mount may have another id than the secret; an untrusted sender gets no mount at all, and the log says so', async () => {
  const written = { build: { image: 'acme/shop', ...DOCKERFILE, secrets: [{ name: 'npm', id: 'token' }] } }
  const trusted = stepStand(written)
  await build(only(trusted.step, 'build'), trusted.context)
  assert.deepEqual(Object.keys(trusted.asked.builds[0]?.secrets ?? {}), ['token', 'LETTERBOX_CANARY'])
  const stranger = stepStand(written, { withheld: 'eve is not trusted' })
  await build(only(stranger.step, 'build'), stranger.context)
  assert.deepEqual(stranger.asked.builds[0]?.secrets, {})
  assert.ok(stranger.heard.said.includes('the step runs without its secrets (npm): eve is not trusted'))
})
