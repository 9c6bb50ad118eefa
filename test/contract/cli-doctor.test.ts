import assert from 'node:assert/strict'
import { chmodSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { z } from 'zod'
import { checkSmtp } from '../../cli/doctor/check-smtp.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { runCommand } from '../support/run-command.ts'
import { seedData } from '../support/seeded-data.ts'

const Findings = z.object({
  checks: z.array(
    z.strictObject({
      name: z.string(),
      state: z.enum(['ok', 'warn', 'fail']),
      message: z.string().min(1),
      hint: z.string().min(1).nullable(),
    }),
  ),
})

/** No engine answers here, whatever the machine has. */
const NO_ENGINE = { DOCKER_HOST: 'unix:///nowhere/docker.sock' }

const CONFIG = `
registries: { main: { address: "127.0.0.1:1", username: ci, password: { env: REGISTRY_PASSWORD } } }
mail: { smtp: { url: { env: SMTP_URL } }, from: ci@example.com }
repositories:
  github.com/acme/shop:
    secret: { env: SHOP_SECRET }
    triggers: [{ on: push, steps: [{ build: { image: acme/shop } }] }]
`

suite('letterbox doctor', () => {
  test('on an empty machine it names what is missing, each with a hint, and ends with 1', async (t) => {
    const folder = freshFolder(t)
    const { code, checks } = await examined(folder, NO_ENGINE)
    assert.equal(code, 1)
    assert.deepEqual(states(checks), {
      config: 'fail',
      engine: 'fail',
      git: 'ok',
      folders: 'warn',
      'web user': 'warn',
      'web program': 'warn',
      disk: checks.find(({ name }) => name === 'disk')?.state,
      worker: 'fail',
      network: checks.find(({ name }) => name === 'network')?.state,
    })
    for (const { state, hint } of checks) assert.equal(hint === null, state === 'ok')
  })

  test('people get a line each, with the hint below', async (t) => {
    const { stdout } = await runCommand(['doctor', '--data', freshFolder(t)], { env: NO_ENGINE, cwd: '/' })
    assert.match(stdout, /^fail {2}worker +has not run on .*\n +hint: Start it: 'letterbox worker'/m)
    assert.match(stdout, /^ok {4}git +git 2\./m)
  })

  test('secrets that cannot be had are named, never shown', async (t) => {
    const folder = freshFolder(t)
    writeFileSync(join(folder, 'config.yaml'), CONFIG)
    const { checks, stdout } = await examined(folder, { ...NO_ENGINE, SHOP_SECRET: 'hush-hush', SMTP_URL: ' ' })
    const secrets = checks.find(({ name }) => name === 'secrets')
    assert.equal(secrets?.state, 'fail')
    assert.match(secrets?.message ?? '', /SMTP_URL/)
    assert.match(secrets?.message ?? '', /REGISTRY_PASSWORD/)
    assert.ok(!stdout.includes('hush-hush'))
    assert.equal(states(checks)['registry main'], 'fail')
    assert.equal(states(checks).mail, 'fail')
  })

  test('a mail server that takes the connection and says nothing is a failure within the limit', async (t) => {
    const server = createServer(() => {}).listen(0, '127.0.0.1')
    t.after(() => server.close())
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const mail = { smtp: { url: { env: 'SMTP_URL' } }, from: 'ci@example.com', allow: [] }
    const check = await checkSmtp(mail, { env: { SMTP_URL: `smtp://127.0.0.1:${port}` }, limitMs: 200 })
    assert.equal(check.state, 'fail')
    assert.match(check.message, /greeting/i)
  })

  test('folders that others may write are found', async (t) => {
    const folder = freshFolder(t)
    const seeded = await seedData(join(folder, 'data'))
    seeded.store.close()
    assert.equal(states((await examined(folder, NO_ENGINE)).checks).folders, 'ok')
    chmodSync(seeded.folder.work, 0o777)
    const { checks } = await examined(folder, NO_ENGINE)
    const found = checks.find(({ name }) => name === 'folders')
    assert.equal(found?.state, 'fail')
    assert.match(found?.message ?? '', /work has mode 0777, wider than 0711/)
  })
})

async function examined(folder: string, env: NodeJS.ProcessEnv) {
  const args = ['doctor', '--json', '--data', join(folder, 'data'), '--config', join(folder, 'config.yaml')]
  const { code, stdout } = await runCommand(args, { env })
  return { code, stdout, checks: Findings.parse(JSON.parse(stdout)).checks }
}

function states(checks: { name: string; state: string }[]): Record<string, string> {
  return Object.fromEntries(checks.map(({ name, state }) => [name, state]))
}
