import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { chmod, lstat, readdir, readFile, readlink, stat, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, afterEach, before, beforeEach, describe, it } from 'node:test'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { TestRepository } from '../support/git-repository.ts'
import { type GitServer, startGitServer } from '../support/git-server.ts'
import { type SourceStand, startSourceStand, targetOf } from '../support/source-stand.ts'
import { until } from '../support/until.ts'

const MAIN = 'refs/heads/main'

describe('source over http', () => {
  let server: GitServer
  let stand: SourceStand
  let repository: TestRepository
  let count = 0

  before(async () => {
    server = await startGitServer()
  })
  after(() => server.close())
  beforeEach(async () => {
    server.behave('well')
    stand = await startSourceStand()
    repository = await server.repository(`acme/shop-${++count}`)
  })
  afterEach(() => stand.remove())

  const fetchMain = (commit: string | null = null, run?: string) =>
    stand.workspace(targetOf(repository.url), MAIN, commit, run)
  const code = (expected: string) => (error: unknown) => errorFacts(error).code === expected

  it('checks out the commit of the push, with what git knows of it', async () => {
    const author = { name: 'Grace', email: 'grace@example.com' }
    const commit = await repository.commit({ files: { 'a/b.txt': 'one\n' }, message: 'First\n\nbody', author })
    const workspace = await fetchMain(commit)
    assert.equal(await readFile(join(workspace.path, 'a/b.txt'), 'utf8'), 'one\n')
    assert.equal(workspace.commit, commit)
    assert.deepEqual(workspace.author, author)
    assert.equal(workspace.message, 'First\n\nbody')
    assert.ok(Math.abs(Date.parse(workspace.committedAt) - Date.now()) < 60_000)
    assert.equal((await stat(workspace.path)).mode & 0o777, 0o755)
  })

  it('checks out the commit of the push although the branch has moved on', async () => {
    const first = await repository.commit({ files: { 'a.txt': 'one' } })
    await repository.commit({ files: { 'a.txt': 'two' } })
    const workspace = await fetchMain(first)
    assert.equal(await readFile(join(workspace.path, 'a.txt'), 'utf8'), 'one')
  })

  it('takes what the ref is now when no commit is asked for', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    const second = await repository.commit({ files: { 'a.txt': 'two' } })
    assert.equal((await fetchMain()).commit, second)
  })

  it('takes the default branch of the remote for HEAD', async () => {
    const commit = await repository.commit({ files: { 'a.txt': 'one' } })
    assert.equal((await stand.workspace(targetOf(repository.url), 'HEAD')).commit, commit)
  })

  it('refuses a commit that a force push took out of the branch, and says what the branch is now', async () => {
    const base = await repository.commit({ files: { 'a.txt': 'one' } })
    const lost = await repository.commit({ files: { 'a.txt': 'two' } })
    await (await fetchMain(lost, 'r1')).remove()
    const now = await repository.commit({ files: { 'a.txt': 'three' }, from: base })
    await assert.rejects(fetchMain(lost, 'r2'), (error) => {
      const { code, message } = errorFacts(error)
      assert.equal(code, 'COMMIT_NOT_IN_REF')
      assert.match(message, new RegExp(`refs/heads/main at the remote is now ${now}; the commit ${lost} is not in it`))
      return true
    })
    assert.equal((await fetchMain(now, 'r3')).commit, now)
  })

  it('refuses a commit that is only in another branch, and one that is nowhere', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    const other = await repository.commit({ files: { 'b.txt': 'b' }, branch: 'other' })
    await assert.rejects(fetchMain(other), code('COMMIT_NOT_IN_REF'))
    await assert.rejects(fetchMain('1'.repeat(40)), code('COMMIT_NOT_IN_REF'))
    assert.deepEqual(await readdir(stand.folder.workspaces), [])
  })

  it('resolves an annotated tag by the id of the tag object and by the id of its commit', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    const tag = await repository.tag('v1.0', { message: 'Release' })
    assert.notEqual(tag.object, tag.commit)
    for (const commit of [tag.object, tag.commit, null]) {
      const workspace = await stand.workspace(targetOf(repository.url), 'refs/tags/v1.0', commit, 'tag')
      assert.equal(workspace.commit, tag.commit)
    }
  })

  it('resolves a tag of a tag', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    const inner = await repository.tag('inner', { message: 'm' })
    const outer = await repository.tag('outer', { message: 'm', commit: 'inner' })
    assert.notEqual(outer.object, inner.object)
    const workspace = await stand.workspace(targetOf(repository.url), 'refs/tags/outer', outer.object)
    assert.equal(workspace.commit, inner.commit)
  })

  it('refuses the old commit of a tag that was moved', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    const old = await repository.tag('v1')
    await repository.commit({ files: { 'a.txt': 'two' } })
    await repository.tag('v1', { force: true })
    const asked = stand.workspace(targetOf(repository.url), 'refs/tags/v1', old.commit)
    await assert.rejects(asked, code('COMMIT_NOT_IN_REF'))
  })

  it('refuses a tag that names no commit', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    await repository.tag('blob', { commit: 'HEAD:a.txt' }).catch(() => null)
    const asked = stand.workspace(targetOf(repository.url), 'refs/tags/blob')
    await assert.rejects(asked, code('REF_HOLDS_NO_COMMIT'))
  })

  it('tells a branch from the tag of the same name', async () => {
    await repository.commit({ files: { 'a.txt': 'tag' } })
    const tag = await repository.tag('v2')
    await repository.git('tag', '-d', 'v2')
    const branch = await repository.commit({ files: { 'a.txt': 'branch' }, branch: 'v2' })
    assert.equal((await stand.workspace(targetOf(repository.url), 'refs/heads/v2', null, 'b')).commit, branch)
    assert.equal((await stand.workspace(targetOf(repository.url), 'refs/tags/v2', null, 't')).commit, tag.commit)
  })

  for (const branch of [
    'x;touch$IFS$TMPDIR/p',
    '`id`',
    '$(id)',
    'a|b&&c',
    '--upload-pack=touch',
    'quo\'te"',
    'Ärger/🚀',
    '@x',
    '-n',
  ]) {
    it(`B01: takes a branch named ${branch} as a name and nothing more`, async () => {
      const commit = await repository.commit({ files: { 'a.txt': branch }, branch })
      const workspace = await stand.workspace(targetOf(repository.url), `refs/heads/${branch}`, commit)
      assert.equal(await readFile(join(workspace.path, 'a.txt'), 'utf8'), branch)
      assert.equal(await readFile(join(workspace.path, '.git/HEAD'), 'utf8'), `ref: refs/heads/${branch}\n`)
    })
  }

  it('refuses what is no ref before it asks the remote', async () => {
    for (const ref of ['main', 'refs/heads/../x', 'refs/heads/a b', '--all', 'refs/heads/a:refs/heads/b']) {
      await assert.rejects(
        stand.source.fetch({ run: 'r', target: targetOf(repository.url), ref, commit: null }, stand.io()),
        code('REF_INVALID'),
      )
    }
  })

  it('says that a ref is gone', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    await repository.commit({ files: { 'a.txt': 'two' }, branch: 'topic' })
    const asked = () =>
      stand.source.fetch(
        { run: 'r', target: targetOf(repository.url), ref: 'refs/heads/topic', commit: null },
        stand.io(),
      )
    assert.equal((await asked()).kind, 'workspace')
    await repository.delete('refs/heads/topic')
    assert.deepEqual(await asked(), {
      kind: 'gone',
      reason: 'git.example.com/acme/shop no longer has refs/heads/topic',
    })
  })

  it('follows a branch that makes room for a branch below it', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    await repository.commit({ files: { 'a.txt': 'a' }, branch: 'a' })
    await stand.workspace(targetOf(repository.url), 'refs/heads/a', null, 'r1')
    await repository.delete('refs/heads/a')
    const below = await repository.commit({ files: { 'a.txt': 'a/b' }, branch: 'a/b' })
    assert.equal((await stand.workspace(targetOf(repository.url), 'refs/heads/a/b', null, 'r2')).commit, below)
  })

  it('asks the remote what a ref is: a branch, a lightweight and an annotated tag, none', async () => {
    const commit = await repository.commit({ files: { 'a.txt': 'one' } })
    await repository.tag('light')
    await repository.tag('heavy', { message: 'm' })
    const ask = (ref: string) => stand.source.remoteCommit(targetOf(repository.url), ref, AbortSignal.timeout(10_000))
    assert.equal(await ask(MAIN), commit)
    assert.equal(await ask('refs/tags/light'), commit)
    assert.equal(await ask('refs/tags/heavy'), commit)
    assert.equal(await ask('refs/heads/none'), null)
    await assert.rejects(ask('refs/heads/*'), code('REF_INVALID'))
  })

  it('says that git-lfs is missing where the repository asks for it', async (t) => {
    if (['/usr/bin', '/usr/local/bin'].some((folder) => existsSync(`${folder}/git-lfs`)))
      return t.skip('it is installed')
    await repository.commit({ files: { 'a.txt': 'one' } })
    await assert.rejects(stand.workspace(targetOf(repository.url, { lfs: true }), MAIN), code('LFS_MISSING'))
  })

  it('gives every fetch of a run a workspace of its own, and removes them', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    const both = await Promise.all([fetchMain(null, 'same'), fetchMain(null, 'same')])
    assert.deepEqual((await readdir(stand.folder.workspaces)).sort(), ['same', 'same.2'])
    await Promise.all(both.map((one) => one.remove()))
    assert.deepEqual(await readdir(stand.folder.workspaces), [])
  })

  it('fetches the same repository for many runs at once', async () => {
    const commit = await repository.commit({ files: { 'a.txt': 'one' } })
    const branches = await Promise.all([1, 2, 3].map(async (n) => n))
    for (const n of branches) await repository.commit({ files: { 'a.txt': `b${n}` }, branch: `b${n}` })
    const refs = [MAIN, MAIN, 'refs/heads/b1', 'refs/heads/b2', 'refs/heads/b3', MAIN]
    const all = await Promise.all(refs.map((ref, n) => stand.workspace(targetOf(repository.url), ref, null, `run${n}`)))
    assert.equal(all.filter((one) => one.commit === commit).length, 3)
    assert.equal((await readdir(stand.folder.mirrors)).length, 1)
  })

  it('sweeps the workspaces of runs that do not live, and keeps those in use', async () => {
    await repository.commit({ files: { 'a.txt': 'one' } })
    const used = await fetchMain(null, 'inuse')
    for (const name of ['dead', 'dead.2', 'alive']) await writeFile(join(stand.folder.workspaces, name), '')
    await writeFile(join(stand.folder.keys, 'ssh-left'), '')
    await stand.source.sweep(['alive'])
    assert.deepEqual((await readdir(stand.folder.workspaces)).sort(), ['alive', 'inuse'])
    assert.deepEqual(await readdir(stand.folder.keys), [])
    await used.remove()
  })

  describe('when the mirror is damaged', () => {
    const mirror = async () => join(stand.folder.mirrors, (await readdir(stand.folder.mirrors))[0] ?? '')

    async function warm(): Promise<string> {
      const commit = await repository.commit({ files: { 'a.txt': 'one' } })
      await (await fetchMain(commit)).remove()
      return mirror()
    }

    const damages: Record<string, (path: string) => Promise<void>> = {
      'its HEAD is empty': (path) => truncate(join(path, 'HEAD')),
      'its config is torn': (path) => writeFile(join(path, 'config'), '[core'),
      'all its objects are empty files': async (path) => {
        for (const name of await readdir(join(path, 'objects'), { recursive: true })) {
          const file = join(path, 'objects', name)
          if (!(await lstat(file)).isFile()) continue
          await chmod(file, 0o600)
          await truncate(file)
        }
      },
      'a killed git left a lock on the ref': async (path) => {
        const [ref = ''] = await readdir(join(path, 'refs/letterbox'))
        await writeFile(join(path, 'refs/letterbox', `${ref}.lock`), '')
      },
    }
    for (const [damage, inflict] of Object.entries(damages)) {
      it(`makes it anew: ${damage}`, async () => {
        await inflict(await warm())
        const next = await repository.commit({ files: { 'a.txt': 'two' } })
        const workspace = await fetchMain(next)
        assert.equal(await readFile(join(workspace.path, 'a.txt'), 'utf8'), 'two')
        assert.ok(
          stand.said.some((line) => line.includes('is damaged and is fetched anew')),
          stand.said.join('\n'),
        )
      })
    }
  })

  describe('when the remote is in trouble', () => {
    beforeEach(() => repository.commit({ files: { 'a.txt': 'one' } }))

    it('calls a remote that answers 503 or 429 unavailable, which is worth a retry', async () => {
      for (const status of [503, 429]) {
        server.behave({ status })
        await assert.rejects(fetchMain(), code('REMOTE_UNAVAILABLE'))
      }
    })

    it('calls a remote that nobody listens at unavailable', async () => {
      await assert.rejects(stand.workspace(targetOf('http://127.0.0.1:1/x.git'), MAIN), code('REMOTE_UNAVAILABLE'))
      await assert.rejects(stand.workspace(targetOf('http://nowhere.invalid/x.git'), MAIN), code('REMOTE_UNAVAILABLE'))
    })

    it('calls a missing repository refused', async () => {
      await assert.rejects(stand.workspace(targetOf(`${server.url}/acme/none.git`), MAIN), code('REMOTE_REFUSED'))
    })

    it('F08: follows no redirection', async () => {
      server.behave({ status: 302, location: 'http://127.0.0.1:1/' })
      await assert.rejects(fetchMain(), code('REMOTE_REFUSED'))
    })

    it('stops within two seconds when it is canceled while the remote hangs, and leaves no process', async () => {
      server.behave('hanging')
      const cancel = new AbortController()
      const asked = server.requests.length
      const fetching = stand.source.fetch(
        { run: 'r', target: targetOf(repository.url), ref: MAIN, commit: null },
        stand.io(cancel.signal),
      )
      await until(() => server.requests.length > asked, { what: 'the request to arrive' })
      const startedAt = performance.now()
      cancel.abort(new Error('canceled by a person'))
      await assert.rejects(fetching, /canceled by a person/)
      assert.ok(performance.now() - startedAt < 2000)
      assert.deepEqual(await processesWith(repository.url), [])
    })

    it('calls a remote that hangs longer than the limit unavailable', async () => {
      const hasty = await startSourceStand({ limits: { fetchMs: 1500, askMs: 500 } })
      server.behave('hanging')
      const target = targetOf(repository.url)
      await assert.rejects(
        hasty.source.remoteCommit(target, MAIN, new AbortController().signal),
        code('REMOTE_UNAVAILABLE'),
      )
      await assert.rejects(hasty.workspace(target, MAIN), code('REMOTE_UNAVAILABLE'))
      await hasty.remove()
    })

    it('lets a waiting run give up while another hangs on the same mirror', async () => {
      server.behave('hanging')
      const [first, second] = [new AbortController(), new AbortController()]
      const request = { run: 'r', target: targetOf(repository.url), ref: MAIN, commit: null }
      const hanging = stand.source.fetch(request, stand.io(first.signal))
      const waiting = stand.source.fetch(request, stand.io(second.signal))
      second.abort(new Error('second'))
      await assert.rejects(waiting, /second/)
      first.abort(new Error('first'))
      await assert.rejects(hanging, /first/)
      server.behave('well')
      assert.equal((await fetchMain()).message, 'change')
    })
  })
})

describe('source with a token', () => {
  let server: GitServer
  let stand: SourceStand
  let repository: TestRepository
  const token = 'ghp_0123456789abcdefSECRET'

  before(async () => {
    server = await startGitServer({ auth: { username: 'x-access-token', password: token } })
    repository = await server.repository('acme/private')
    await repository.commit({ files: { 'a.txt': 'one' } })
  })
  after(() => server.close())
  beforeEach(async () => {
    server.behave('well')
    stand = await startSourceStand()
  })
  afterEach(() => stand.remove())

  it('logs in with it, and no file that is left behind holds it', async () => {
    const workspace = await stand.workspace(targetOf(repository.url, { token }), MAIN)
    const encoded = Buffer.from(`x-access-token:${token}`).toString('base64')
    for (const name of await readdir(stand.folder.root, { recursive: true })) {
      const file = join(stand.folder.root, name)
      if (!(await lstat(file)).isFile()) continue
      const text = await readFile(file, 'latin1')
      assert.ok(!text.includes(token) && !text.includes(encoded), file)
    }
    await workspace.remove()
  })

  it('says that a wrong token, or none, is refused, and never shows it', async () => {
    for (const wrong of ['wrong-token-value', null]) {
      await assert.rejects(stand.workspace(targetOf(repository.url, { token: wrong }), MAIN), (error) => {
        const facts = errorFacts(error)
        assert.equal(facts.code, 'REMOTE_REFUSED')
        assert.ok(!JSON.stringify(facts).includes('wrong-token-value'))
        return true
      })
    }
  })

  it('E08: keeps it out of every argument list', async () => {
    server.behave('hanging')
    const cancel = new AbortController()
    const target = targetOf(repository.url, { token })
    const fetching = stand.source.fetch({ run: 'r', target, ref: MAIN, commit: null }, stand.io(cancel.signal))
    const seen = await until(async () => ofGit(await processesWith(repository.url)), { what: 'git to run' })
    const encoded = Buffer.from(`x-access-token:${token}`).toString('base64')
    assert.ok(seen.every((one) => !one.commandLine.includes(token) && !one.commandLine.includes(encoded)))
    cancel.abort(new Error('enough'))
    await assert.rejects(fetching, /enough/)
  })
})

describe('source as the unprivileged user', { skip: process.getuid?.() !== 0 && 'only root can change users' }, () => {
  let server: GitServer
  let stand: SourceStand
  let repository: TestRepository

  before(async () => {
    server = await startGitServer()
    repository = await server.repository('acme/shop')
    await repository.commit({ files: { 'a.txt': 'one', 'bin/run': '#!/bin/sh\n' } })
  })
  after(() => server.close())
  beforeEach(async () => {
    server.behave('well')
    stand = await startSourceStand()
  })
  afterEach(() => stand.remove())

  it('B13: never runs git as root', async () => {
    server.behave('hanging')
    const cancel = new AbortController()
    const target = targetOf(repository.url)
    const fetching = stand.source.fetch({ run: 'r', target, ref: MAIN, commit: null }, stand.io(cancel.signal))
    const seen = await until(async () => ofGit(await processesWith(repository.url)), { what: 'git to run' })
    const ids = [stand.user.uid, stand.user.uid, stand.user.uid, stand.user.uid].join('\t')
    for (const one of seen) assert.equal(one.uids, ids, one.commandLine)
    cancel.abort(new Error('enough'))
    await assert.rejects(fetching, /enough/)
  })

  it('B13: leaves no file of root in a mirror or a workspace', async () => {
    const { path } = await stand.workspace(targetOf(repository.url), MAIN)
    for (const root of [path, stand.folder.mirrors]) {
      for (const name of await readdir(root, { recursive: true })) {
        assert.equal((await lstat(join(root, name))).uid, stand.user.uid, name)
      }
    }
  })

  it('says which folder lets the user not through', async () => {
    const above = join(stand.folder.root, '..')
    await chmod(above, 0o700)
    await assert.rejects(stand.workspace(targetOf(repository.url), MAIN), (error) => {
      const { code, hint } = errorFacts(error)
      assert.equal(code, 'FOLDER_UNREACHABLE')
      assert.match(hint ?? '', /chmod o\+x/)
      return true
    })
    await chmod(above, 0o755)
    assert.equal((await stand.workspace(targetOf(repository.url), MAIN)).message, 'change')
  })
})

describe('source of a hostile repository', () => {
  let server: GitServer
  let stand: SourceStand

  before(async () => {
    server = await startGitServer()
  })
  after(() => server.close())
  beforeEach(async () => {
    stand = await startSourceStand()
  })
  afterEach(() => stand.remove())

  it('B11: runs no filter, hook or monitor that the repository brings', async () => {
    const repository = await server.repository('evil/filters')
    const mark = join(stand.folder.root, '..', 'ran')
    await repository.commit({
      files: {
        '.gitattributes': '* filter=evil diff=evil merge=evil\n',
        '.gitconfig': `[filter "evil"]\n\tsmudge = touch ${mark}\n`,
        'hooks/post-checkout': `#!/bin/sh\ntouch ${mark}\n`,
        '.githooks/post-checkout': `#!/bin/sh\ntouch ${mark}\n`,
        'a.txt': 'as it was',
      },
    })
    const { path } = await stand.workspace(targetOf(repository.url), MAIN)
    assert.equal(await readFile(join(path, 'a.txt'), 'utf8'), 'as it was')
    await assert.rejects(stat(mark), { code: 'ENOENT' })
    await assert.rejects(stat(join(path, '.git/hooks')), { code: 'ENOENT' })
  })

  it('B11: makes links as links and writes through none', async () => {
    const repository = await server.repository('evil/links')
    await repository.commit({ files: { passwd: 'link:/etc/passwd', up: 'link:../../..' } })
    const { path } = await stand.workspace(targetOf(repository.url), MAIN)
    assert.equal(await readlink(join(path, 'passwd')), '/etc/passwd')
    assert.equal(await readlink(join(path, 'up')), '../../..')
  })

  it('fetches no submodule unless the config asks for them', async () => {
    const repository = await server.repository('evil/submodule')
    await addSubmodule(repository, 'ext::sh -c touch% /tmp/x', '1'.repeat(40))
    const { path } = await stand.workspace(targetOf(repository.url), MAIN)
    assert.deepEqual(await readdir(join(path, 'sub')), [])
  })

  for (const url of [
    'ext::sh -c id',
    'file:///etc',
    '/etc',
    'git://127.0.0.1:1/x',
    'http://127.0.0.1:1/x.git',
    'https://127.0.0.1:1/x.git',
    'ssh://-oProxyCommand=id/x',
    'git@127.0.0.2:x',
  ]) {
    it(`B11: refuses a submodule from ${url}`, async () => {
      const repository = await server.repository(`evil/sub-${Buffer.from(url).toString('hex')}`)
      await addSubmodule(repository, url, '1'.repeat(40))
      const target = targetOf(repository.url, { submodules: true, submoduleOrigins: ['https://github.com'] })
      await assert.rejects(stand.workspace(target, MAIN), (error) => {
        const { code, message } = errorFacts(error)
        assert.ok(code === 'SUBMODULE_REFUSED' || code === 'GIT_FAILED', `${code} ${message}`)
        return true
      })
    })
  }

  it('fetches submodules of the same host, relative and absolute, at every depth', async () => {
    const deep = await server.repository('acme/deep')
    const deepCommit = await deep.commit({ files: { 'deep.txt': 'deep' } })
    const inner = await server.repository('acme/inner')
    const innerCommit = await addSubmodule(inner, deep.url, deepCommit)
    const outer = await server.repository('acme/outer')
    await addSubmodule(outer, '../inner.git', innerCommit)
    const { path } = await stand.workspace(targetOf(outer.url, { submodules: true }), MAIN)
    assert.equal(await readFile(join(path, 'sub/sub/deep.txt'), 'utf8'), 'deep')
  })
})

async function addSubmodule(repository: TestRepository, url: string, commit: string): Promise<string> {
  await repository.commit({ files: { '.gitmodules': `[submodule "sub"]\n\tpath = sub\n\turl = ${url}\n` } })
  await repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`)
  return repository.commit({ files: {}, message: 'add sub', from: 'HEAD' }).then(async () => {
    await repository.git('update-index', '--add', '--cacheinfo', `160000,${commit},sub`)
    await repository.git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '--quiet', '-m', 'sub')
    await repository.forcePush('main', 'HEAD')
    return repository.git('rev-parse', 'HEAD')
  })
}

type SeenProcess = { commandLine: string; uids: string }

/** Processes whose command line holds a text, other than this one. */
async function processesWith(text: string): Promise<SeenProcess[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
  const all = await Promise.all(
    names.map(async (pid) => {
      const commandLine = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ')
      const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
      return { commandLine, uids: /^Uid:\t(.*)$/m.exec(status)?.[1] ?? '' }
    }),
  )
  return all.filter((one) => one.commandLine.includes(text) && one.uids !== '')
}

function ofGit(seen: SeenProcess[]): SeenProcess[] | null {
  return seen.some((one) => one.commandLine.includes('remote-http')) ? seen : null
}
