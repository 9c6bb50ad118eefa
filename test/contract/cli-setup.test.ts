import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { compareSync } from 'bcryptjs'
import { z } from 'zod'
import { parseConfig } from '../../config/load.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { runCommand } from '../support/run-command.ts'

const INSTALL = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const ROOT_ONLY = process.getuid?.() === 0 ? false : 'only root can give files to others'
const PUBLIC = ['--host', 'ci.example.com', '--mail', 'ops@example.com', '--repository', 'github.com/acme/shop']
const Steps = z.object({ steps: z.array(z.object({ what: z.string(), done: z.string() })), hints: z.array(z.string()) })

suite('letterbox setup', { skip: ROOT_ONLY }, () => {
  test('makes a config that check finds good, with secrets that stand elsewhere', async (t) => {
    const root = emptyServer(t)
    await setup(root, ...PUBLIC, '--registry')
    const text = read(root, '/etc/letterbox/config.yaml')
    const result = parseConfig(text, 'config.yaml')
    assert.deepEqual(result.kind === 'ok' ? result.warnings : result.diagnostics, [])
    const secret = read(root, '/etc/letterbox/webhook-secrets/github.com_acme_shop').trim()
    assert.match(secret, /^[0-9a-f]{64}$/)
    assert.ok(!text.includes(secret))
    const password = read(root, '/etc/letterbox/registry-password').trim()
    assert.ok(compareSync(password, read(root, '/etc/letterbox/users/htpasswd').trim().replace('ci:', '')))
  })

  test('gives every file and folder its owner and mode', async (t) => {
    const root = emptyServer(t)
    await setup(root, ...PUBLIC, '--registry', '--web-gid', '10042')
    assert.deepEqual(
      Object.fromEntries(Object.keys(MODES).map((path) => [path, modeOf(join(root, path))])),
      Object.fromEntries(Object.entries(MODES).map(([path, mode]) => [path, mode.replace('web', '10042')])),
    )
    assert.match(read(root, '/etc/group'), /^letterbox-web:x:10042:/m)
    assert.match(read(root, '/etc/passwd'), /^letterbox:/m)
    assert.match(read(root, '/etc/systemd/system/letterbox-worker.service'), /LETTERBOX_WEB_GID=10042/)
    assert.match(read(root, `${INSTALL}/.env`), /^COMPOSE_PROFILES=registry,acme$/m)
    assert.match(read(root, `${INSTALL}/.env`), /^LETTERBOX_WEB_GID=10042$/m)
  })

  test('called again it changes nothing, and says so', async (t) => {
    const root = emptyServer(t)
    const flags = ['--host', 'ci.lan', '--local-ca', '--registry', '--repository', 'github.com/acme/shop']
    await setup(root, ...flags)
    const before = everything(root)
    const { stdout } = await runCommand(['setup', '--root', root, ...flags])
    assert.equal(stdout, 'Nothing to do: everything is as it should be.\n')
    assert.deepEqual(everything(root), before)
  })

  test('a rehearsal shows every file and command, and makes nothing', async (t) => {
    const root = emptyServer(t)
    const before = everything(root)
    const flags = ['--host', 'ci.lan', '--local-ca', '--registry', '--repository', 'github.com/acme/shop', '--dry-run']
    const { stdout, code } = await runCommand(['setup', '--root', root, ...flags])
    assert.equal(code, 0)
    assert.match(stdout, /to be made +file \/etc\/letterbox\/config\.yaml/)
    assert.match(stdout, /to be made +run \/bin\/sh .*local-ca .* ci\.lan/)
    assert.deepEqual(everything(root), before)
  })

  test('a config that is there is never touched; what it lacks is told', async (t) => {
    const root = emptyServer(t)
    mkdirSync(join(root, 'etc/letterbox'))
    writeFileSync(join(root, 'etc/letterbox/config.yaml'), '# mine\nserver: { url: "https://ci.example.com" }\n')
    const { hints } = await setup(root, ...PUBLIC, '--registry')
    assert.equal(read(root, '/etc/letterbox/config.yaml'), '# mine\nserver: { url: "https://ci.example.com" }\n')
    assert.match(hints.join('\n'), /registries:\n +main:\n +address: ci\.example\.com/)
    assert.match(hints.join('\n'), /github\.com\/acme\/shop/)
    assert.doesNotMatch(hints.join('\n'), /url:/)
  })

  test('with a local CA the engine and the worker trust the registry’s certificate', async (t) => {
    const root = emptyServer(t)
    await setup(root, '--host', 'ci.lan', '--local-ca', '--registry', '--repository', '')
    const trusted = read(root, '/etc/docker/certs.d/ci.lan/ca.crt')
    assert.equal(trusted, read(root, '/var/lib/letterbox-proxy/local-ca/ca.crt'))
    assert.match(read(root, '/etc/letterbox/worker.env'), /^NODE_EXTRA_CA_CERTS=.*\/local-ca\/ca\.crt$/m)
    assert.equal(modeOf(join(root, 'var/lib/letterbox-proxy/certs/ci.lan.key')), '0:0 0600')
    assert.match(read(root, `${INSTALL}/.env`), /^COMPOSE_PROFILES=registry,local-ca$/m)
  })

  test('a number that another group has is refused before anything is written', async (t) => {
    const root = emptyServer(t)
    writeFileSync(join(root, 'etc/group'), 'root:x:0:\nusers:x:10001:\n')
    const { code, stderr } = await runCommand(['setup', '--root', root, ...PUBLIC, '--registry'])
    assert.equal(code, 1)
    assert.match(stderr, /the group users has the number 10001[\s\S]*--web-gid/)
    assert.ok(!existsSync(join(root, 'etc/letterbox')))
  })

  const WRONG: [string, string[], RegExp][] = [
    ['no host', ['--mail', 'a@example.com'], /--host is missing/],
    ['a host that is an address', ['--host', 'https://ci.example.com', '--mail', 'a@example.com'], /cannot be used/],
    ['a host that would be an option', ['--host=-oX', '--local-ca'], /cannot be used/],
    ['no mail address', ['--host', 'ci.example.com'], /Which mail address/],
    ['a repository without a host', ['--host', 'ci.lan', '--local-ca', '--repository', 'shop'], /cannot be used/],
  ]
  for (const [what, flags, says] of WRONG) {
    test(`${what} is wrong usage`, async (t) => {
      const { code, stderr } = await runCommand(['setup', '--root', emptyServer(t), ...flags])
      assert.equal(code, 2)
      assert.match(stderr, says)
    })
  }
})

suite('letterbox uninstall', { skip: ROOT_ONLY }, () => {
  test('takes back what setup made, and keeps config, secrets and data', async (t) => {
    const root = emptyServer(t)
    await setup(root, ...PUBLIC, '--registry')
    const { code } = await runCommand(['uninstall', '--root', root])
    assert.equal(code, 0)
    for (const path of [
      '/etc/systemd/system/letterbox-worker.service',
      `${INSTALL}/.env`,
      '/usr/local/bin/letterbox',
    ]) {
      assert.ok(!existsSync(join(root, path)), path)
    }
    for (const path of ['/etc/letterbox/config.yaml', '/etc/letterbox/registry-password', '/var/lib/letterbox/spool']) {
      assert.ok(existsSync(join(root, path)), path)
    }
    assert.doesNotMatch(read(root, '/etc/passwd'), /letterbox/)
  })

  test('with --data-too the server is as it was before', async (t) => {
    const root = emptyServer(t)
    const before = files(root)
    await setup(root, '--host', 'ci.lan', '--local-ca', '--registry', '--repository', 'github.com/acme/shop')
    await runCommand(['uninstall', '--root', root])
    const { code } = await runCommand(['uninstall', '--root', root, '--data-too'])
    assert.equal(code, 0)
    const left = files(root).filter((name) => /letterbox/.test(name) || statSync(join(root, name)).isFile())
    assert.deepEqual(
      left,
      before.filter((name) => name !== 'etc'),
    )
    assert.doesNotMatch(read(root, '/etc/group'), /letterbox/)
  })

  test('files that setup found stay', async (t) => {
    const root = emptyServer(t)
    mkdirSync(join(root, 'etc/letterbox'))
    writeFileSync(join(root, 'etc/letterbox/config.yaml'), '# mine\n')
    await setup(root, ...PUBLIC, '--registry')
    await runCommand(['uninstall', '--root', root, '--data-too'])
    assert.equal(read(root, '/etc/letterbox/config.yaml'), '# mine\n')
  })
})

const MODES: Record<string, string> = {
  '/etc/letterbox': '0:0 0755',
  '/etc/letterbox/config.yaml': '0:0 0644',
  '/etc/letterbox/registry-password': '0:0 0600',
  '/etc/letterbox/web.env': '0:0 0600',
  '/etc/letterbox/users': '0:web 0750',
  '/etc/letterbox/users/htpasswd': '0:web 0640',
  '/etc/letterbox/webhook-secrets': '0:web 0750',
  '/etc/letterbox/webhook-secrets/github.com_acme_shop': '0:web 0640',
  '/var/lib/letterbox/spool': '0:0 0755',
  '/var/lib/letterbox/spool/new': '0:web 1770',
  '/var/lib/letterbox/spool/tmp': '0:web 1770',
}

/** The little of a machine that useradd and groupadd want. */
function emptyServer(t: Parameters<typeof freshFolder>[0]): string {
  const root = freshFolder(t)
  mkdirSync(join(root, 'etc'))
  writeFileSync(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  writeFileSync(join(root, 'etc/group'), 'root:x:0:\n')
  return root
}

async function setup(root: string, ...flags: string[]) {
  const { code, stdout, stderr } = await runCommand(['setup', '--json', '--root', root, ...flags])
  assert.equal(code, 0, `${stdout}${stderr}`)
  return Steps.parse(JSON.parse(stdout))
}

const read = (root: string, path: string): string => readFileSync(join(root, path), 'utf8')

function modeOf(path: string): string {
  const { uid, gid, mode } = statSync(path)
  return `${uid}:${gid} ${(mode & 0o7777).toString(8).padStart(4, '0')}`
}

/** Every file with its content and every folder, with owners and modes. */
function everything(root: string): string[] {
  return files(root).map((name) => {
    const path = join(root, name)
    const stat = statSync(path, { throwIfNoEntry: false })
    return `${name} ${stat ? modeOf(path) : ''} ${stat?.isFile() ? readFileSync(path, 'utf8') : ''}`
  })
}

/** Account tools leave locks and copies of their own. */
function files(root: string): string[] {
  const accounts = /^etc\/(?:passwd|group|g?shadow|subuid|subgid)[-+]?(?:\.lock)?$|^etc\/?\.pwd\.lock$/
  const all = readdirSync(root, { recursive: true, encoding: 'utf8' })
  return all.filter((name) => !accounts.test(name)).sort()
}
