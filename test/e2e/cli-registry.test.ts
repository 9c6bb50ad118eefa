import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { z } from 'zod'
import { freshFolder } from '../support/fresh-folder.ts'
import { startRegistry, type TestRegistry } from '../support/registry.ts'
import { runCommand } from '../support/run-command.ts'

const Listed = z.object({ tags: z.array(z.object({ image: z.string(), tag: z.string(), digest: z.string() })) })

suite('letterbox registry, against a real one with TLS and htpasswd', () => {
  test('ls shows every tag with digest, size and age, also beyond one page', async (t) => {
    const { registry, letterbox } = await stand(t)
    const names = Array.from({ length: 105 }, (_, index) => `team/app${index + 1}`)
    await Promise.all(names.map((name) => put(registry, name, ['v1'], '2026-11-01')))
    const { stdout, code } = await letterbox('registry', 'ls', '--json')
    assert.equal(code, 0)
    assert.equal(new Set(Listed.parse(JSON.parse(stdout)).tags.map(({ image }) => image)).size, 105)
    assert.match(
      (await letterbox('registry', 'ls', 'team/app7')).stdout,
      /team\/app7 +v1 +sha256:\w{12} +\d\.\d MB +\d+ days ago/,
    )
  })

  test('prune deletes what is too old, and nothing when it only shows', async (t) => {
    const { registry, letterbox } = await stand(t)
    await put(registry, 'acme/shop', ['v1', 'also-v1'], '2026-01-01')
    await put(registry, 'acme/shop', ['v2'], '2026-02-01')
    await put(registry, 'acme/shop', ['v3', 'latest'], '2026-03-01')
    await put(registry, 'acme/shop', ['v4'], '2026-04-01')
    const shown = await letterbox('registry', 'prune', '--keep', '1', '--dry-run')
    assert.match(shown.stdout, /^delete {2}acme\/shop:v1 /m)
    assert.match(shown.stdout, /^keep {4}acme\/shop:v3 {2}\(the same image as latest\)/m)
    assert.equal((await registry.tags('acme/shop')).length, 6)
    assert.match((await letterbox('registry', 'prune', '--keep', '1')).stderr, /--yes/)
    assert.equal((await registry.tags('acme/shop')).length, 6)
    const { code } = await letterbox('registry', 'prune', '--keep', '1', '--yes')
    assert.equal(code, 0)
    assert.deepEqual(await registry.tags('acme/shop'), ['latest', 'v3', 'v4'])
    assert.match((await letterbox('registry', 'prune', '--keep', '1', '--yes')).stdout, /Nothing to delete/)
  })

  test('a wrong password is told as such, and shown nowhere', async (t) => {
    const { letterbox } = await stand(t, 'not-the-password')
    const { code, stdout, stderr } = await letterbox('registry', 'ls')
    assert.equal(code, 1)
    assert.match(stderr, /refuses the login/)
    assert.ok(!`${stdout}${stderr}`.includes('not-the-password'))
  })
})

async function stand(t: TestContext, password?: string) {
  const folder = freshFolder(t)
  const registry = await startRegistry()
  t.after(() => registry.close())
  const config = join(folder, 'config.yaml')
  writeFileSync(
    config,
    `registries: { main: { address: "${registry.address}", username: ci, password: { env: PW } } }\n`,
  )
  const env = { PW: password ?? registry.password, NODE_EXTRA_CA_CERTS: registry.caFile }
  const letterbox = (...args: string[]) =>
    runCommand([...args, '--config', config, '--data', join(folder, 'data')], { env })
  return { registry, letterbox }
}

/** An image as small as can be, under some tags. */
async function put(registry: TestRegistry, image: string, tags: string[], day: string): Promise<void> {
  const config = JSON.stringify({ created: `${day}T00:00:00Z`, architecture: 'amd64', os: 'linux', rootfs: {} })
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: config.length,
      digest: digest(config),
    },
    layers: [],
  })
  const started = await send(registry, 'POST', `/v2/${image}/blobs/uploads/`, '')
  const place = new URL(started.location, registry.url)
  place.searchParams.set('digest', digest(config))
  await send(registry, 'PUT', `${place.pathname}${place.search}`, config)
  for (const tag of tags) await send(registry, 'PUT', `/v2/${image}/manifests/${tag}`, manifest, MANIFEST)
}

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json'
const digest = (text: string): string => `sha256:${createHash('sha256').update(text).digest('hex')}`

function send(registry: TestRegistry, method: string, path: string, body: string, type = 'application/octet-stream') {
  const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) }
  const options = {
    method,
    headers,
    ca: readFileSync(registry.caFile),
    auth: `${registry.username}:${registry.password}`,
  }
  return new Promise<{ location: string }>((resolve, reject) => {
    const asked = request(`${registry.url}${path}`, options, (response) => {
      response.resume()
      const { statusCode = 0, headers } = response
      if (statusCode >= 200 && statusCode < 300) resolve({ location: headers.location ?? '' })
      else reject(new Error(`${method} ${path}: ${statusCode}`))
    })
    asked.on('error', reject)
    asked.end(body)
  })
}
