import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import type { ConfigInput } from '../../config/schema.ts'
import { PUSH, shopFiles } from '../support/shop.ts'
import { SHOP, type Stand, startStand, type Triggers } from '../support/stand.ts'

const SECRET = 'npm-token-of-the-shop-0815'
const BASE64 = Buffer.from(SECRET).toString('base64')

/** Every entry of the config has the secret that steps may ask for. */
function withSecret(config: ConfigInput): ConfigInput {
  const entries = Object.entries(config.repositories ?? {})
  const repositories = entries.map(([key, entry]) => [key, { ...entry, secrets: { NPM: { env: 'NPM_TOKEN' } } }])
  return { ...config, repositories: Object.fromEntries(repositories) }
}

async function stand(t: TestContext, steps: Triggers[number]['steps'], trusted?: string[]): Promise<Stand> {
  const mail: Triggers[number]['mail'] = { to: ['qa@example.com'], on: 'always' }
  const triggers: Triggers = [{ on: 'push', steps, mail, ...(trusted && { trusted }) }]
  return startStand(t, { triggers, change: withSecret, env: { NPM_TOKEN: SECRET } })
}

/** Everything that Letterbox itself keeps or says of its runs. */
function told({ letterbox }: Stand, run: string): string {
  const log = readFileSync(join(letterbox.data.logs, `${run}.ndjson`), 'utf8')
  const store = readFileSync(letterbox.data.store, 'latin1')
  return `${log}\n${store}\n${letterbox.worker().output()}\n${letterbox.webhook().output()}`
}

const MOUNT = 'RUN --mount=type=secret,id=npm'

suite('secrets of steps', () => {
  test('reach builds, tests and scripts of a trusted sender, and nothing else', async (t) => {
    const there = await stand(
      t,
      [
        { build: { image: SHOP, secrets: [{ name: 'NPM', id: 'npm' }], scan: 'layers' } },
        {
          test: {
            command: 'test "$(cat $NPM_FILE)" = "$NPM" && echo "got $NPM" && echo $LETTERBOX_CANARY',
            secrets: ['NPM', { name: 'NPM', file: '/run/secrets/npm' }],
          },
        },
        {
          script: {
            run: ['/bin/sh', '-c', 'test -n "$(cat "$NPM_FILE")" && stat -c %a "$NPM_FILE" && cat "$NPM_FILE"'],
            secrets: [{ name: 'NPM', file: '/npmrc' }],
          },
        },
        PUSH,
      ],
      ['ada'],
    )
    const files = shopFiles({ build: 'true' })
    const dockerfile = `${files.Dockerfile}${MOUNT} test "$(cat /run/secrets/npm | wc -c)" = ${SECRET.length}\n`
    const commit = await there.shop.commit({ files: { ...files, Dockerfile: dockerfile } })
    await there.github({ commit })
    const [run] = await there.letterbox.ended(1)
    assert.equal(run?.state, 'succeeded', run?.reason ?? '')
    const lines = there.letterbox.log(run?.id ?? '').map(({ text }) => text)
    assert.ok(lines.includes('got ***'), lines.join('\n'))
    assert.ok(lines.includes('400'))
    const arrived = await there.mail.waitForMail(() => true)
    for (const [sink, text] of Object.entries({ told: told(there, run?.id ?? ''), mail: JSON.stringify(arrived) }))
      assert.doesNotMatch(text, new RegExp(`${SECRET}|${BASE64}|lbx_canary_[0-9a-f]{40}`), sink)
    assert.ok((await there.registry.tags(SHOP)).length > 0)
  })

  test('E01: stay away from steps of other senders, which run without; the log and the audit log say so', async (t) => {
    const command = 'test -z "$NPM$NPM_FILE$LETTERBOX_CANARY" && test ! -e /run/secrets/npm'
    const secrets = ['NPM', { name: 'NPM', file: '/run/secrets/npm' }]
    const there = await stand(
      t,
      [{ build: { image: SHOP, secrets: [{ name: 'NPM', id: 'npm' }] } }, { test: { command, secrets } }, PUSH],
      ['grace'],
    )
    const files = shopFiles({ build: 'true' })
    const commit = await there.shop.commit({
      files: { ...files, Dockerfile: `${files.Dockerfile}${MOUNT} test ! -e /run/secrets/npm\n` },
    })
    await there.github({ commit })
    const [run] = await there.letterbox.ended(1)
    assert.equal(run?.state, 'succeeded', run?.reason ?? '')
    assert.match(told(there, run?.id ?? ''), /the step runs without its secrets \(NPM, NPM\): ada is not in/)
    const audit = await there.letterbox.command('audit', '--action', 'secrets-withheld', '--json')
    assert.equal(JSON.parse(audit.stdout).audit.length, 2)
    assert.ok((await there.registry.tags(SHOP)).length > 0, 'logins to registries are no secrets of steps')
  })

  const LEAKS: [how: string, dockerfile: string, args: Record<string, string>, sink: RegExp][] = [
    ['a build argument', 'ARG T\nRUN echo "$T" > /dev/null\n', { T: SECRET }, /the history of the image/],
    ['a variable of the image', 'ARG T\nENV T=$T\n', { T: SECRET }, /the configuration of the image/],
    ['a file in a layer', `${MOUNT} base64 /run/secrets/npm > /etc/npmrc\n`, {}, /layer [0-9a-f]{12} of the image/],
  ]
  for (const [how, dockerfile, args, sink] of LEAKS) {
    test(`E09: fail the run that leaks one by ${how}, and such an image is not pushed`, async (t) => {
      const build = { image: SHOP, args, secrets: [{ name: 'NPM', id: 'npm' }], scan: 'layers' as const }
      const there = await stand(t, [{ build }, PUSH])
      const files = shopFiles({ build: 'true' })
      const commit = await there.shop.commit({ files: { ...files, Dockerfile: files.Dockerfile + dockerfile } })
      await there.github({ commit })
      const [run] = await there.letterbox.ended(1)
      assert.equal(run?.state, 'failed')
      assert.equal(run?.steps[0]?.error?.code, 'SECRET_LEAKED')
      assert.match(run?.reason ?? '', sink)
      assert.doesNotMatch(JSON.stringify(run), new RegExp(`${SECRET}|${BASE64}`))
      assert.deepEqual(await there.registry.tags(SHOP), [])
      const audit = await there.letterbox.command('audit', '--action', 'secret-leaked', '--json')
      assert.equal(JSON.parse(audit.stdout).audit.length, 1)
    })
  }
})
