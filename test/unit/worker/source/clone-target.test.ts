import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Config, ConfigSchema, type SecretRef } from '../../../../config/schema.ts'
import { errorFacts } from '../../../../job/letterbox-error.ts'
import { cloneTarget } from '../../../../worker/source/clone-target.ts'

const SECRET = { env: 'HOOK' }
const KEY_FILE = { file: '/etc/letterbox/id_ed25519' }
const TRIGGERS = [{ on: 'push' as const, steps: [{ script: { run: ['true'] } }] }]

function configOf(forges: object = {}, entry: { clone?: string; sshKey?: SecretRef } = {}): Config {
  const config = ConfigSchema.parse({
    forges,
    repositories: { 'github.com/acme/shop': { secret: SECRET, triggers: TRIGGERS } },
  })
  // behind the schema's back: what it refuses at load must be refused here as well
  Object.assign(config.repositories['github.com/acme/shop'] ?? {}, entry)
  return config
}

function target(hostPath: string, config: Config = configOf()) {
  const entry = config.repositories['github.com/acme/shop'] ?? null
  const secret = (ref: SecretRef) => ('env' in ref ? `value of ${ref.env}` : `value of ${ref.file}`)
  return cloneTarget(config, hostPath, entry, secret)
}

function refused(act: () => unknown, code: string): void {
  assert.throws(act, (error) => {
    const facts = errorFacts(error)
    assert.equal(facts.code, code, facts.message)
    assert.ok(facts.hint)
    return true
  })
}

describe('where a repository is cloned from', () => {
  it('is its own https address on a known forge, without a login', () => {
    const { url, token, sshKey, hostKeys } = target('github.com/acme/shop')
    assert.deepEqual([url, token, sshKey, hostKeys], ['https://github.com/acme/shop.git', null, null, []])
  })

  it('is the base url of the forge with the path behind it', () => {
    const config = configOf({ '127.0.0.1:3000': { kind: 'gitea', url: 'http://127.0.0.1:3000/git/' } })
    assert.equal(target('127.0.0.1:3000/acme/shop', config).url, 'http://127.0.0.1:3000/git/acme/shop.git')
  })

  it('gets the token of its forge, with the user name that the forge wants', () => {
    const config = configOf({ 'bitbucket.org': { kind: 'bitbucket', token: { env: 'BB' } } })
    const { token, tokenUser } = target('bitbucket.org/acme/shop', config)
    assert.deepEqual([token, tokenUser], ['value of BB', 'x-token-auth'])
  })

  it('is ssh with the pinned key of the forge where the config says so', () => {
    const config = configOf({
      'bitbucket.org': { kind: 'bitbucket', clone: 'ssh', sshKey: KEY_FILE, token: { env: 'BB' } },
    })
    const { url, token, sshKey, hostKeys } = target('bitbucket.org/acme/shop', config)
    assert.equal(url, 'ssh://git@bitbucket.org/acme/shop.git')
    assert.equal(sshKey, 'value of /etc/letterbox/id_ed25519')
    assert.equal(token, null)
    assert.match(hostKeys.join(), /^bitbucket\.org ssh-ed25519 AAAA/)
  })

  it('takes the pinned keys of the config, as a line or as the key alone', () => {
    const hostKeys = ['git.example.com ssh-rsa AAAA', 'ssh-ed25519 BBBB']
    const config = configOf({ 'git.example.com': { kind: 'gitea', clone: 'ssh', sshKey: KEY_FILE, hostKeys } })
    assert.deepEqual(target('git.example.com/acme/shop', config).hostKeys, [
      'git.example.com ssh-rsa AAAA',
      'git.example.com ssh-ed25519 BBBB',
    ])
  })

  it('says how to pin a host key when none is known', () => {
    const config = configOf({ 'git.example.com': { kind: 'gitea', clone: 'ssh', sshKey: KEY_FILE } })
    assert.throws(
      () => target('git.example.com/acme/shop', config),
      (error) => errorFacts(error).code === 'HOST_KEY_UNKNOWN' && /ssh-keyscan/.test(errorFacts(error).hint ?? ''),
    )
  })

  it('says that ssh needs a key', () => {
    refused(
      () => target('github.com/acme/shop', configOf({ 'github.com': { kind: 'github', clone: 'ssh' } })),
      'CLONE_KEY_MISSING',
    )
  })

  it("is the entry's own address where it has one", () => {
    const addresses: [string, string][] = [
      ['https://mirror.example.com/a/b.git', 'https://mirror.example.com/a/b.git'],
      ['git@github.com:acme/shop.git', 'git@github.com:acme/shop.git'],
      ['ssh://git@github.com/acme/shop.git', 'ssh://git@github.com/acme/shop.git'],
      ['ssh://github.com/acme/shop.git', 'ssh://git@github.com/acme/shop.git'],
    ]
    for (const [clone, url] of addresses) {
      assert.equal(target('github.com/acme/shop', configOf({}, { clone, sshKey: KEY_FILE })).url, url)
    }
  })

  it('pins the key of an ssh server on another port', () => {
    const config = configOf(
      { 'github.com': { kind: 'github', hostKeys: ['ssh-ed25519 CCCC'] } },
      { clone: 'ssh://git@git.example.com:2222/a/b.git', sshKey: KEY_FILE },
    )
    assert.deepEqual(target('github.com/acme/shop', config).hostKeys, ['[git.example.com]:2222 ssh-ed25519 CCCC'])
  })

  it('F08: sends the token of a forge to that forge only', () => {
    const forges = { 'github.com': { kind: 'github', token: { env: 'GH' } } }
    const at = (clone: string) => target('github.com/acme/shop', configOf(forges, { clone })).token
    assert.equal(at('https://github.com/other/name.git'), 'value of GH')
    assert.equal(at('https://evil.example.com/acme/shop.git'), null)
    assert.equal(at('https://github.com:8443/acme/shop.git'), null)
  })

  it('takes plain http only for a forge whose url is http', () => {
    const forges = { 'local:3000': { kind: 'gitea', url: 'http://local:3000' } }
    assert.equal(
      target('github.com/acme/shop', configOf(forges, { clone: 'http://local:3000/a/b.git' })).url,
      'http://local:3000/a/b.git',
    )
    refused(
      () => target('github.com/acme/shop', configOf({}, { clone: 'http://local:3000/a/b.git' })),
      'CLONE_ADDRESS_REFUSED',
    )
  })
})

describe('what is no address to clone from', () => {
  const bad = [
    'ext::sh -c id',
    'file:///srv/git/shop.git',
    '/srv/git/shop.git',
    './shop.git',
    'git://github.com/acme/shop.git',
    'ssh://-oProxyCommand=id/x.git',
    'ssh://git@-oProxyCommand=id/x.git',
    'ssh://-ouser@github.com/x.git',
    '-oProxyCommand=id@github.com:x',
    'git@github.com:-x',
    'git@-oProxyCommand=id:x',
    'git@github.com:a/../b',
    'https://user:secret@github.com/acme/shop.git',
    'https://token@github.com/acme/shop.git',
    'https://github.com/acme/shop.git?x=1',
    'https://github.com/acme//shop.git',
    'https:github.com/acme/shop.git',
    'ftp://github.com/acme/shop.git',
    'https://github.com/',
    'https://github.com/a b.git',
    'https://github.com/a\nb.git',
    'ssh://git:pw@github.com/acme/shop.git',
    '--upload-pack=id',
    'javascript:alert(1)',
  ]
  for (const clone of bad) {
    it(`B03, F08: refuses clone: ${JSON.stringify(clone)}`, () => {
      refused(() => target('github.com/acme/shop', configOf({}, { clone, sshKey: KEY_FILE })), 'CLONE_ADDRESS_REFUSED')
    })
  }

  it('shows no password of an address that it refuses', () => {
    assert.throws(
      () => target('github.com/acme/shop', configOf({}, { clone: 'https://user:s3cret@github.com/a/b.git' })),
      (error) => !JSON.stringify(errorFacts(error)).includes('s3cret'),
    )
  })

  for (const path of [
    'github.com',
    'github.com/',
    '/acme/shop',
    'github.com/../x',
    'github.com/acme/..',
    'github.com/-x/y',
    'github.com/a b/c',
    'github.com/a//b',
    'user@evil.com/x',
    'git hub.com/x',
    'github.com:99999999/x',
    '-host/x',
    'github.com/a%2fb',
    'github.com/a?b',
    'github.com/a\0b',
  ]) {
    it(`B03: refuses the path ${JSON.stringify(path)} of an event`, () => {
      const config = configOf()
      refused(() => cloneTarget(config, path, null, () => ''), 'CLONE_ADDRESS_REFUSED')
    })
  }

  it('takes names that are methods of objects as names', () => {
    assert.equal(target('constructor/toString/__proto__').url, 'https://constructor/toString/__proto__.git')
  })
})
