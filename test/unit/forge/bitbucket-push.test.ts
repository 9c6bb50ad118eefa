import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixture, payloadOf, withPayload } from '../../fixtures/deliveries/fixtures.ts'
import { eventOf, eventsOf, readingOf } from './read.ts'

const update = fixture('bitbucket', 'push-update')

function push(changes: unknown) {
  return withPayload(update, { ...payloadOf(update), push: { changes } })
}

const branch = (name: string, digit = 'a') => ({ type: 'branch', name, target: { hash: digit.repeat(40) } })

describe('a push to Bitbucket', () => {
  it('names who pushed and what, with clone addresses made of the page', () => {
    const event = eventOf(update)
    assert.equal(event.commit, 'cdc6a9e3b1f04d2c8e7a6b5c4d3e2f1a0b9c8d7e')
    assert.equal(event.before, '1e65c05c1d5171631d92438a13901ca7dae9618c')
    assert.deepEqual(event.sender, { login: 'emmap1', name: 'Emma Example', email: null })
    assert.deepEqual(event.author, { login: 'emmap1', name: 'Emma Example', email: 'emma@example.com' })
    assert.equal(event.repository.cloneUrl, 'https://bitbucket.org/acme/shop_deploy.git')
    assert.equal(event.repository.sshUrl, 'git@bitbucket.org:acme/shop_deploy.git')
    assert.equal(event.repository.name, 'shop_deploy')
    assert.equal(event.changedFiles, null)
  })

  it("keeps Bitbucket's order of commits, newest first", () => {
    assert.deepEqual(
      eventOf(update).commits.map(({ message }) => message),
      ['Paint the door\n', 'Add a door\n'],
    )
  })

  it('A26 of several refs is one event for each, in order', () => {
    assert.deepEqual(
      eventsOf(fixture('bitbucket', 'push-several-refs')).map(({ type, branch, tag }) => [type, branch ?? tag]),
      [
        ['push', 'master'],
        ['push', 'feature/a'],
        ['tag', 'v1.0.0'],
        ['branch_deleted', 'feature/old'],
        ['tag_deleted', 'nightly'],
      ],
    )
  })

  it('A26 of fifty refs loses none', () => {
    const changes = Array.from({ length: 50 }, (_, i) => ({ new: branch(`b${i}`), old: null }))
    assert.equal(eventsOf(push(changes)).length, 50)
  })

  it('A26 of more than a thousand refs is malformed', () => {
    const changes = Array.from({ length: 1001 }, (_, i) => ({ new: branch(`b${i}`), old: null }))
    assert.throws(() => readingOf(push(changes)), { code: 'DELIVERY_MALFORMED' })
  })

  it('A24 that deletes a branch has no commit to build', () => {
    const event = eventOf(fixture('bitbucket', 'branch-deleted'))
    assert.deepEqual([event.type, event.commit, event.branch], ['branch_deleted', null, 'feature/shop'])
    assert.equal(event.before, '709d658dc5b6d6afcd46049c2f332ee3f515a67d')
  })

  it('of a tag names the commit it stands for', () => {
    const event = eventOf(fixture('bitbucket', 'tag-annotated'))
    assert.deepEqual([event.type, event.tag, event.created], ['tag', 'v1.4.3', true])
  })

  it('that changed neither branch nor tag is ignored, beside others it is left out', () => {
    const bookmark = { new: { ...branch('old'), type: 'bookmark' }, old: null }
    assert.equal(readingOf(push([bookmark])).kind, 'ignored')
    assert.equal(readingOf(push([])).kind, 'ignored')
    assert.deepEqual(
      eventsOf(push([bookmark, { new: branch('new'), old: null }])).map((event) => event.branch),
      ['new'],
    )
  })

  it('is malformed when a change has no ref, no commit or a wrong one', () => {
    const changes = [
      { new: null, old: null },
      { new: { type: 'branch', name: 'x' }, old: null },
      { new: { type: 'branch', name: 'x', target: { hash: '1e65c05c1d51' } }, old: null },
      { new: branch(''), old: null },
      { new: branch('x'.repeat(1001)), old: null },
    ]
    for (const change of changes) {
      assert.throws(() => readingOf(push([change])), { code: 'DELIVERY_MALFORMED' }, JSON.stringify(change))
    }
  })

  it('reads an author without address', () => {
    const raws = ['Emma', '<e@x.org>', 'Emma <', 'Emma > <', 'A <b> <c@d.org>', '']
    const authors = raws.map((raw) => {
      const target = { hash: 'a'.repeat(40), author: { raw } }
      const { author } = eventOf(push([{ new: { type: 'branch', name: 'x', target }, old: null }]))
      return author && [author.name, author.email]
    })
    assert.deepEqual(authors, [
      ['Emma', null],
      [null, 'e@x.org'],
      ['Emma <', null],
      ['Emma > <', null],
      ['A <b>', 'c@d.org'],
      null,
    ])
  })
})

describe('other events of Bitbucket', () => {
  it('are ignored with a reason that names them', () => {
    const ping = readingOf(fixture('bitbucket', 'ping'))
    const pullRequest = readingOf(fixture('bitbucket', 'pull-request-created'))
    assert.deepEqual(ping, { kind: 'ignored', reason: 'ping' })
    assert.deepEqual(pullRequest, { kind: 'ignored', reason: 'event pullrequest:created is not handled' })
  })
})
