import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILD, shopFiles } from '../support/shop.ts'
import { startStand } from '../support/stand.ts'

test('only what the config says starts a run, and the answer says why nothing starts', async (t) => {
  const stand = await startStand(t, {
    triggers: [
      { on: 'push', branches: ['main', 'release/*'], paths: ['!docs/**'], steps: [BUILD] },
      { name: 'features', on: 'push', branches: ['feature/**'], steps: [BUILD] },
    ],
  })
  const before = await stand.shop.commit({ files: { 'README.md': 'The shop\n' } })
  const commit = await stand.shop.commit({ files: shopFiles() })
  for (const branch of ['feature/a/b', 'release/1', 'release/2/hotfix']) await stand.shop.forcePush(branch, commit)
  const push = async (branch: string, change: { changedFiles?: string[]; message?: string } = {}) => {
    const { status, body } = await stand.github({ ref: `refs/heads/${branch}`, commit, before, ...change })
    assert.equal(status, 202)
    return { starts: body.starts, because: String(body.because ?? '') }
  }

  await t.test('a glob with ** takes branches with slashes, one with * stops at them', async () => {
    assert.deepEqual((await push('feature/a/b')).starts, ['features'])
    assert.equal((await push('release/1')).because, '')
    const hotfix = await push('release/2/hotfix')
    assert.deepEqual(hotfix.starts, [])
    assert.match(hotfix.because, /release\/2\/hotfix/)
  })

  await t.test('a push that changes the docs alone starts nothing', async () => {
    const docs = await push('main', { changedFiles: ['docs/a.md'] })
    assert.deepEqual(docs.starts, [])
    assert.match(docs.because, /docs\/a\.md/)
    assert.equal((await push('main', { changedFiles: ['docs/a.md', 'shop.sh'], message: 'Both' })).because, '')
  })

  await t.test('[skip ci] in the message starts nothing', async () => {
    const skipped = await push('main', { message: 'Tidy up [skip ci]' })
    assert.deepEqual(skipped.starts, [])
    assert.match(skipped.because, /skip ci/i)
  })

  const runs = await stand.letterbox.ended(3)
  assert.deepEqual(runs.map((run) => run.branch).sort(), ['feature/a/b', 'main', 'release/1'])
  assert.ok(runs.every((run) => run.state === 'succeeded'))
})

test('the same delivery twice runs once', async (t) => {
  const stand = await startStand(t, { triggers: [{ on: 'push', steps: [BUILD] }] })
  const commit = await stand.shop.commit({ files: shopFiles() })
  const first = await stand.github({ commit, delivery: 'b7c1f2f0-0000-4000-8000-000000000001' })
  const again = await stand.github({ commit, delivery: 'b7c1f2f0-0000-4000-8000-000000000001' })
  const newId = await stand.github({ commit, delivery: 'b7c1f2f0-0000-4000-8000-000000000002' })

  assert.equal(first.status, 202)
  assert.deepEqual([again.status, again.body], [200, { duplicate: first.body.job }])
  assert.deepEqual([newId.status, newId.body], [200, { duplicate: first.body.job }])
  await stand.letterbox.ended(1)
  const after = await stand.letterbox.command('worker', '--once').catch(() => null)
  assert.notEqual(after?.code, 0, 'a second worker does not run beside the first')
  assert.equal(stand.letterbox.runs().length, 1)
})

test('a newer push to a branch skips the older one that still waits, and a tag waits for nobody', async (t) => {
  const stand = await startStand(t, {
    triggers: [
      { on: 'push', steps: [BUILD] },
      { on: 'tag', steps: [BUILD] },
    ],
    change: (config) => ({ ...config, worker: { ...config.worker, concurrency: 1 } }),
    start: ['webhook'],
  })
  const { letterbox, shop } = stand
  const commits: string[] = []
  for (const says of ['good one', 'good two', 'good three']) {
    const commit = await shop.commit({ files: shopFiles({ says }) })
    await stand.github({ commit })
    commits.push(commit)
  }
  for (const name of ['v1', 'v2']) {
    const { object } = await shop.tag(name)
    await stand.github({ ref: `refs/tags/${name}`, commit: object })
  }
  await letterbox.startWorker()

  const runs = await letterbox.ended(5)
  const pushes = runs.filter((run) => run.event === 'push')
  assert.equal(pushes.at(-1)?.state, 'succeeded', pushes.at(-1)?.reason ?? '')
  assert.equal(pushes.at(-1)?.commit, commits[2])
  const [, second] = pushes
  assert.equal(second?.state, 'skipped')
  assert.match(second?.reason ?? '', new RegExp(`#${pushes.at(-1)?.number}\\b`))
  const tags = runs.filter((run) => run.event === 'tag')
  assert.deepEqual(
    tags.map((run) => run.state),
    ['succeeded', 'succeeded'],
  )
})
