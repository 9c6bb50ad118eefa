import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { StepSites } from '../../../../worker/sites/create-sites.ts'
import { SiteHostRefused } from '../../../../worker/sites/site-errors.ts'
import type { Update } from '../../../../worker/sites/update-site.ts'
import { siteExecutor } from '../../../../worker/steps/site.ts'
import { container } from '../sites/fake-site-engine.ts'
import { IMAGE_ID, only, stepStand } from './step-stand.ts'

const IMAGES = [{ step: 0, name: 'acme/shop', imageId: IMAGE_ID }]

async function carryOut(site: object, change: Parameters<typeof stepStand>[1] = {}) {
  const updates: Update[] = []
  const removed: string[] = []
  const sites: StepSites = {
    async update(update) {
      updates.push(update)
      return container('c1', update.start)
    },
    async takeDown(host, { repository, ref }) {
      removed.push(`${host} ${repository} ${ref}`)
      return true
    },
  }
  const { step, context } = stepStand({ site }, { images: IMAGES, ...change })
  const end = await siteExecutor(sites)(only(step, 'site'), context)
  return { end, update: updates[0], removed }
}

test('the proxy and its ACME companion find what they expect in the environment', async () => {
  const { update, end } = await carryOut({
    host: '{{ branch | slug }}.dev.example.com',
    port: 8080,
    env: { COMMIT: '{{ shortCommit }}', VIRTUAL_HOST: 'evil.example.com' },
    memory: '256m',
    volumes: ['data:/data', '/srv/up:/up:ro'],
  })
  assert.deepEqual(update?.start.env, {
    COMMIT: 'a'.repeat(12),
    VIRTUAL_HOST: 'main.dev.example.com',
    VIRTUAL_PORT: '8080',
    LETSENCRYPT_HOST: 'main.dev.example.com',
  })
  assert.equal(update?.start.memoryBytes, 256 * 1024 ** 2)
  assert.deepEqual(update?.start.volumes, [
    { kind: 'named', source: 'letterbox-main.dev.example.com-data', target: '/data', readOnly: false },
    { kind: 'host', source: '/srv/up', target: '/up', readOnly: true },
  ])
  assert.equal(end.outputs.address, 'https://main.dev.example.com')
})

test('without letsencrypt no certificate is asked for', async () => {
  const { update, end } = await carryOut({ host: 'demo.example.com', letsencrypt: false })
  assert.equal(update?.start.env.LETSENCRYPT_HOST, undefined)
  assert.equal(end.outputs.address, 'http://demo.example.com')
})

test('a ttl says until when it stays', async () => {
  const { update } = await carryOut({ host: 'demo.example.com', ttl: '2d' })
  const { createdAt, expiresAt } = update?.start ?? {}
  assert.equal(Date.parse(expiresAt ?? '') - Date.parse(createdAt ?? ''), 2 * 86_400_000)
})

test('remove takes the site of this branch down, also where its name is one that none may have', async () => {
  const event = { type: 'branch_deleted' as const, branch: 'www', ref: 'refs/heads/www' }
  const { removed } = await carryOut({ host: '{{ branch | slug }}.dev.example.com', remove: true }, { event })
  assert.deepEqual(removed, ['www.dev.example.com github.com/acme/shop refs/heads/www'])
})

test('a reserved host name is refused before anything is started', async () => {
  const event = { branch: 'admin' }
  await assert.rejects(carryOut({ host: '{{ branch | slug }}.dev.example.com' }, { event }), SiteHostRefused)
})
