import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startGitServer } from '../support/git-server.ts'
import { startSourceStand, targetOf } from '../support/source-stand.ts'

test('the source tells which of two commits is older, and asks the remote for one that it does not have', async (t) => {
  const server = await startGitServer()
  t.after(() => server.close())
  const stand = await startSourceStand()
  t.after(() => stand.remove())
  const repository = await server.repository('acme/shop')
  const first = await repository.commit({ files: { 'a.txt': 'one' } })
  const second = await repository.commit({ files: { 'a.txt': 'two' } })
  const other = await repository.commit({ files: { 'b.txt': 'one' }, branch: 'other', from: first })
  const target = targetOf(repository.url)
  const ask = (older: string, newer: string) =>
    stand.source.isAncestor(target, { older, newer }, new AbortController().signal)

  // with an empty mirror
  assert.equal(await ask(first, second), true)
  assert.equal(await ask(second, first), false)
  assert.equal(await ask(other, second), false)
  assert.equal(await ask(first, first), true)
  assert.equal(await ask(first, 'f'.repeat(40)), null)
})
