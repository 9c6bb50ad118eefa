import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixture, payloadOf, withPayload } from '../../fixtures/deliveries/fixtures.ts'
import { eventOf, readingOf } from './read.ts'

const update = fixture('github', 'push-update')

function push(change: { [field: string]: unknown }) {
  return withPayload(update, { ...payloadOf(update), ...change })
}

const person = { name: 'A', email: 'a@example.com', username: 'a' }
function commit(digit: string, files: object = { added: [`${digit}.txt`], removed: [], modified: [] }) {
  return { id: digit.repeat(40), message: `Commit ${digit}`, author: person, ...files }
}

describe('a push to GitHub', () => {
  it('names who pushed, what, and which files', () => {
    const event = eventOf(update)
    assert.equal(event.type, 'push')
    assert.equal(event.branch, 'master')
    assert.equal(event.ref, 'refs/heads/master')
    assert.equal(event.commit, '6113728f27ae82c7b1a177c8d03f9e96e0adf246')
    assert.equal(event.before, 'a10867b14bb761a232cd80139fbd4c0d33264240')
    assert.deepEqual(event.sender, {
      login: 'Codertocat',
      name: 'Codertocat',
      email: '21031067+Codertocat@users.noreply.github.com',
    })
    assert.deepEqual(event.changedFiles, ['README.md', 'src/back-door.ts', 'src/window.ts'])
    assert.equal(event.commits.length, 2)
    assert.equal(event.repository.host, 'github.com')
    assert.equal(event.repository.path, 'Codertocat/Hello-World')
  })

  it('keeps the port of a host of its own', () => {
    const event = eventOf(push({ repository: { full_name: 'acme/shop', html_url: 'http://127.0.0.1:3000/acme/shop' } }))
    assert.equal(event.repository.host, '127.0.0.1:3000')
    assert.equal(event.repository.cloneUrl, null)
  })

  it('of a branch named like a tag stays a push of that branch', () => {
    const event = eventOf(fixture('github', 'push-branch-named-like-ref'))
    assert.deepEqual([event.type, event.branch, event.tag], ['push', 'refs/tags/v1.4.2', null])
  })

  it('A24 that deletes a branch has no commit to build', () => {
    const event = eventOf(fixture('github', 'branch-deleted'))
    assert.deepEqual([event.type, event.commit, event.message], ['branch_deleted', null, null])
    assert.equal(event.before, '6113728f27ae82c7b1a177c8d03f9e96e0adf246')
  })

  it('A24 counts as a deletion when only one of its two signs is there', () => {
    assert.equal(eventOf(push({ after: '0'.repeat(40), deleted: false })).type, 'branch_deleted')
    const event = eventOf(push({ deleted: true }))
    assert.deepEqual([event.type, event.commit], ['branch_deleted', null])
  })

  it('of an annotated tag names the commit, not the tag object', () => {
    const event = eventOf(fixture('github', 'tag-annotated'))
    assert.deepEqual([event.type, event.tag, event.branch], ['tag', 'v1.4.2', null])
    assert.equal(event.commit, '6113728f27ae82c7b1a177c8d03f9e96e0adf246')
  })

  it('to notes or other refs is ignored', () => {
    assert.equal(readingOf(fixture('github', 'push-notes')).kind, 'ignored')
  })

  it('carries at most fifty commits, in the order they came', () => {
    const event = eventOf(fixture('github', 'push-at-commit-cap'))
    assert.equal(event.commits.length, 50)
    assert.equal(event.commits[0]?.message, 'Commit 1')
  })

  it('cuts a long message without halving a character', () => {
    const event = eventOf(push({ head_commit: { ...commit('a'), message: `a${'🚀'.repeat(40_000)}` } }))
    assert.equal(event.message?.length, 65_535)
    assert.ok(event.message?.isWellFormed())
  })

  it('A28 is malformed when its commit is no full commit id', () => {
    for (const after of ['6113728', 'HEAD', '', 'g'.repeat(40), '6113728f27ae82c7b1a177c8d03f9e96e0adf24X', null, 7]) {
      assert.throws(() => readingOf(push({ after })), { code: 'DELIVERY_MALFORMED' }, String(after))
    }
  })

  it('A14 with a branch named like an object property is plain data', () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      assert.equal(eventOf(push({ ref: `refs/heads/${name}` })).branch, name)
    }
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
  })

  it('A14 with a payload that sets __proto__ changes nothing else', () => {
    const text = update.body.toString('utf8').replace('{', '{"__proto__":{"polluted":true,"ref":"refs/heads/evil"},')
    assert.equal(eventOf({ ...update, body: Buffer.from(text) }).branch, 'master')
    assert.equal('polluted' in {}, false)
  })

  it("A16 is malformed when the repository's page and its full name disagree", () => {
    const repository = (html_url: string) => push({ repository: { full_name: 'acme/shop', html_url } })
    for (const page of [
      'https://github.com/evil/shop',
      'https://github.com/acme/shop/../../evil/x',
      'https://user:pw@github.com/acme/shop',
      'https://github.com/acme/shop?x',
      'javascript:alert(1)//acme/shop',
      'file:///acme/shop',
      'acme/shop',
    ]) {
      assert.throws(() => readingOf(repository(page)), { code: 'DELIVERY_MALFORMED' }, page)
    }
  })

  it('has no link when the link is no web address', () => {
    assert.equal(eventOf(push({ compare: 'javascript:alert(1)' })).link, null)
  })

  it('names no changed files where the payload may not tell all', () => {
    const unsure: [string, object][] = [
      ['created', { created: true }],
      ['created unknown', { created: null }],
      ['forced', { forced: true }],
      ['no commits', { commits: [] }],
      ['no list of commits', { commits: null }],
      ['a size that says more', { size: 3 }],
      ['a commit without files', { commits: [commit('a'), commit('b', {})] }],
      ['only empty commits', { commits: [commit('a', { added: [], removed: [], modified: [] })] }],
      [
        'a commit at the cap of files',
        { commits: [commit('a', { added: Array(3000).fill('x'), removed: [], modified: [] })] },
      ],
      ['a path longer than any', { commits: [commit('a', { added: ['x'.repeat(5000)], removed: [], modified: [] })] }],
    ]
    for (const [what, change] of unsure) assert.equal(eventOf(push({ ...change })).changedFiles, null, what)
    assert.equal(eventOf(fixture('github', 'push-at-commit-cap')).changedFiles, null)
    assert.deepEqual(eventOf(push({ commits: [commit('a'), commit('b')], size: 2 })).changedFiles, ['a.txt', 'b.txt'])
  })
})

describe('other events of GitHub', () => {
  it('are ignored with a reason that names them', () => {
    const reasons = ['ping', 'create-tag', 'delete-tag', 'pull-request-opened', 'release-published'].map((name) =>
      readingOf(fixture('github', name)),
    )
    assert.deepEqual(
      reasons.map((reading) => (reading.kind === 'ignored' ? reading.reason : 'read')),
      [
        'ping',
        'covered by push',
        'covered by push',
        'event pull_request is not handled',
        'event release is not handled',
      ],
    )
  })
})
