import assert from 'node:assert/strict'
import { lstat, readdir, readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { CloneTarget } from '../../worker/source/source-port.ts'
import type { TestRepository } from '../support/git-repository.ts'
import { type SourceStand, startSourceStand, targetOf } from '../support/source-stand.ts'
import { newKey, type SshServer, startSshServer } from '../support/ssh-server.ts'

const MAIN = 'refs/heads/main'

const hasShell = !/(?:nologin|false)$/.test(userInfo().shell ?? '')

describe('source over ssh', { skip: !hasShell && 'sshd lets only accounts with a shell in' }, () => {
  let server: SshServer
  let stand: SourceStand
  let repository: TestRepository
  let commit: string
  let strangerKey: { private: string; public: string }

  before(async () => {
    server = await startSshServer()
    repository = await server.repository('shop')
    commit = await repository.commit({ files: { 'a.txt': 'over ssh' } })
    strangerKey = await newKey(join(repository.worktree, 'stranger'))
  })
  after(() => server.close())
  beforeEach(async () => {
    stand = await startSourceStand()
  })
  afterEach(() => stand.remove())

  const target = (more: Partial<CloneTarget> = {}) =>
    targetOf(repository.url, { sshKey: server.privateKey, hostKeys: [server.hostKey], ...more })
  const code = (expected: string) => (error: unknown) => errorFacts(error).code === expected

  it('clones with the key when the host key is the pinned one, and leaves no key behind', async () => {
    const workspace = await stand.workspace(target(), MAIN, commit)
    assert.equal(await readFile(join(workspace.path, 'a.txt'), 'utf8'), 'over ssh')
    assert.deepEqual(await readdir(stand.folder.keys), [])
    const secret = server.privateKey.split('\n')[1] ?? ''
    for (const name of await readdir(stand.folder.root, { recursive: true })) {
      const file = join(stand.folder.root, name)
      if ((await lstat(file)).isFile()) assert.ok(!(await readFile(file, 'latin1')).includes(secret), file)
    }
  })

  it('takes a key whose lines end like on Windows, and one without a last line end', async () => {
    for (const sshKey of [server.privateKey.replaceAll('\n', '\r\n'), server.privateKey.trimEnd()]) {
      assert.equal(await stand.source.remoteCommit(target({ sshKey }), MAIN, AbortSignal.timeout(10_000)), commit)
    }
  })

  it('sends nothing to a server with another host key', async () => {
    const [host] = server.hostKey.split(' ')
    const other = `${host} ${strangerKey.public.split(' ').slice(0, 2).join(' ')}`
    await assert.rejects(stand.workspace(target({ hostKeys: [other] }), MAIN), code('HOST_KEY_REJECTED'))
    await assert.rejects(stand.workspace(target({ hostKeys: [] }), MAIN), code('HOST_KEY_REJECTED'))
    assert.deepEqual(await readdir(stand.folder.keys), [])
  })

  it('says that a key which the server does not know, or that is no key, is refused', async () => {
    for (const sshKey of [strangerKey.private, 'no key at all']) {
      await assert.rejects(stand.workspace(target({ sshKey }), MAIN), code('REMOTE_REFUSED'))
    }
  })

  it('says that a missing repository is refused, and a closed port unavailable', async () => {
    const missing = target({ url: repository.url.replace('shop.git', 'none.git') })
    await assert.rejects(stand.workspace(missing, MAIN), code('REMOTE_REFUSED'))
    const closed = target({ url: repository.url.replace(/:\d+\//, ':1/') })
    await assert.rejects(stand.workspace(closed, MAIN), code('REMOTE_UNAVAILABLE'))
  })

  it('works from a data folder with quotes, blanks and percent signs in its name', async () => {
    const odd = await startSourceStand({ dataName: `it's "100%h" full` })
    const workspace = await odd.workspace(target(), MAIN, commit)
    assert.equal(workspace.commit, commit)
    await odd.remove()
  })
})
