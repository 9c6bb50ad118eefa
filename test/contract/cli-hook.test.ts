import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { startForgeApi } from '../support/forge-api.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { letterboxIn } from '../support/letterbox.ts'

const TOKEN = 'forge-token-0815'

for (const { host, kind, api, event } of [
  { host: 'github.example.com', kind: 'github', api: '/api/v3', event: 'push' },
  { host: 'bitbucket.org', kind: 'bitbucket', api: '', event: 'repo:push' },
]) {
  suite(`letterbox hook at ${kind}`, () => {
    test('makes the webhook with a fresh secret that the web program knows at once', async (t) => {
      const { forge, letterbox, secretFile, repository } = await stand(t, { host, kind, api })
      await letterbox.startWebhook()
      const url = `${letterbox.url()}/hooks`
      const { code, stdout, stderr } = await letterbox.command('hook', 'add', repository, '--url', url)
      assert.equal(code, 0, `${stdout}${stderr}`)
      const [hook] = forge.hooks
      assert.match(hook?.secret ?? '', /^[0-9a-f]{64}$/)
      assert.deepEqual({ ...hook, secret: '' }, { ...hook, url, events: [event], active: true, secret: '' })
      assert.equal(readFileSync(secretFile, 'utf8').trim(), hook?.secret)
      assert.equal(statSync(secretFile).mode & 0o007, 0)
      for (const said of [stdout, stderr]) assert.ok(!said.includes(hook?.secret ?? '') && !said.includes(TOKEN))
    })

    test('made a second time it is left as it is', async (t) => {
      const { forge, letterbox, repository } = await stand(t, { host, kind, api })
      await letterbox.startWebhook()
      const url = `${letterbox.url()}/hooks`
      await letterbox.command('hook', 'add', repository, '--url', url)
      const { code, stdout } = await letterbox.command('hook', 'add', repository, '--url', url)
      assert.equal(code, 0)
      assert.match(stdout, /has this webhook already/)
      assert.equal(forge.hooks.length, 1)
    })

    test('check tells what the forge has, and what is not right', async (t) => {
      const { forge, letterbox, repository } = await stand(t, { host, kind, api })
      assert.match((await letterbox.command('hook', 'check', repository)).stdout, /No webhook posts to https:\/\/ci\./)
      const hook = { url: 'https://ci.example.com/hooks', secret: 'x', events: [event], active: true }
      forge.hooks.push(hook)
      const { code, stdout } = await letterbox.command('hook', 'check', repository)
      assert.equal(code, 0, stdout)
      hook.active = false
      assert.match((await letterbox.command('hook', 'check', repository)).stdout, /switched off/)
      Object.assign(hook, { active: true, events: ['fork'] })
      const lacking = await letterbox.command('hook', 'check', repository)
      assert.equal(lacking.code, 1)
      assert.match(lacking.stdout, new RegExp(`lacks the event ${event}`))
    })

    test('nobody answers at the address: the webhook is made, and that is said', async (t) => {
      const { letterbox, repository } = await stand(t, { host, kind, api })
      const { code, stdout } = await letterbox.command('hook', 'add', repository, '--url', 'http://127.0.0.1:1/hooks')
      assert.equal(code, 1)
      assert.match(stdout, /does not work yet: .* does not answer/)
    })

    test('a token that the forge refuses is told without being shown, and no secret is written', async (t) => {
      const { letterbox, secretFile, repository } = await stand(t, { host, kind, api, token: 'stolen-token' })
      const { code, stdout, stderr } = await letterbox.command('hook', 'add', repository)
      assert.equal(code, 1)
      assert.match(stderr, /401[\s\S]*token/)
      assert.ok(!`${stdout}${stderr}`.includes('stolen-token'))
      assert.ok(!existsSync(secretFile))
    })
  })
}

suite('letterbox hook', () => {
  test('where the secret is to come from the environment, the line to add is shown once, on stderr', async (t) => {
    const { forge, letterbox, repository } = await stand(t, {
      host: 'bitbucket.org',
      kind: 'bitbucket',
      api: '',
      secret: { env: 'SHOP_SECRET' },
    })
    const { stdout, stderr } = await letterbox.command('hook', 'add', repository)
    const secret = forge.hooks[0]?.secret ?? '-'
    assert.ok(stderr.includes(`SHOP_SECRET=${secret}`))
    assert.ok(!stdout.includes(secret))
  })
})

type StandOptions = { host: string; kind: string; api: string; token?: string; secret?: object }

async function stand(t: TestContext, { host, kind, api, token = TOKEN, secret }: StandOptions) {
  const stops: (() => Promise<void>)[] = []
  const folder = freshFolder(t, async () => {
    for (const stop of stops.reverse()) await stop()
  })
  const forge = await startForgeApi(TOKEN)
  stops.push(forge.close)
  const tokenFile = join(folder, 'token')
  const secretFile = join(folder, 'shop-secret')
  writeFileSync(tokenFile, token)
  const repository = `${host}/acme/shop`
  const config = {
    server: { url: 'https://ci.example.com' },
    forges: { [host]: { kind, api: `${forge.url}${api}`, token: { file: tokenFile } } },
    repositories: {
      [repository]: {
        secret: secret ?? { file: secretFile },
        triggers: [{ on: 'push', steps: [{ build: { image: 'acme/shop' } }] }],
      },
    },
  }
  const letterbox = letterboxIn({ folder: join(folder, 'letterbox'), config: JSON.stringify(config), env: {} })
  stops.push(letterbox.stop)
  return { forge, letterbox, secretFile, repository }
}
