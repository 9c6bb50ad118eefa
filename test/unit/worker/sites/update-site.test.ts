import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, suite, test } from 'node:test'
import { SiteTaken, SiteUnhealthy } from '../../../../worker/sites/site-errors.ts'
import { type Update, updateSite } from '../../../../worker/sites/update-site.ts'
import { container, fakeSiteEngine, siteFacts } from './fake-site-engine.ts'

suite('updating a site', () => {
  let port = 0
  let status = 200
  const server = createServer((_, response) => response.writeHead(status).end())
  before(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve())))
  before(() => {
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    port = address.port
  })
  after(() => server.close())

  const next = (change = {}): Update => ({
    start: {
      ...siteFacts({ startedBy: '01KNEW', imageId: 'sha256:2', port, ...change }),
      ...{ env: {}, volumes: [], memoryBytes: null },
    },
    settleMs: 1,
  })
  const former = container('c1', {}, { exposed: true })
  const io = (signal = new AbortController().signal) => {
    const said: string[] = []
    return { said, say: (line: string) => void said.push(line), stdout: (text: string) => void said.push(text), signal }
  }

  test('the new container serves before the former one ends, and remembers its image', async () => {
    status = 200
    const { engine, done } = fakeSiteEngine('127.0.0.1', [former])
    const site = await updateSite(next(), { engine }, io())
    assert.deepEqual(done, ['start c2', 'expose c2', 'remove c1'])
    assert.deepEqual(
      site.past.map(({ imageId }) => imageId),
      ['sha256:1'],
    )
  })

  test('one that does not answer well is removed, and the former one stays', async () => {
    status = 503
    const { engine, done } = fakeSiteEngine('127.0.0.1', [former])
    const heard = io()
    await assert.rejects(updateSite(next(), { engine }, heard), SiteUnhealthy)
    assert.deepEqual(done, ['start c2', 'remove c2'])
    assert.deepEqual(heard.said, ['last words\n'])
    status = 200
  })

  test('asked again after a crash it goes on with the container that it had begun', async () => {
    const begun = container('c2', { startedBy: '01KNEW', imageId: 'sha256:2', port }, { startAddress: '127.0.0.1' })
    for (const exposed of [false, true]) {
      const { engine, done } = fakeSiteEngine('127.0.0.1', [former, { ...begun, exposed }])
      await updateSite(next(), { engine }, io())
      assert.deepEqual(done, ['expose c2', 'remove c1'])
    }
  })

  test('what an earlier run has begun and left is removed', async () => {
    const left = container('c2', { startedBy: '01KDEAD' })
    const { engine, done } = fakeSiteEngine('127.0.0.1', [former, left])
    await updateSite(next(), { engine }, io())
    assert.deepEqual(done, ['remove c2', 'start c3', 'expose c3', 'remove c1'])
  })

  test('the host name of another branch or repository is not taken', async () => {
    for (const owner of [{ ref: 'refs/heads/b' }, { repository: 'github.com/acme/other' }, { ref: 'refs/tags/v1' }]) {
      const { engine, done } = fakeSiteEngine('127.0.0.1', [former])
      await assert.rejects(updateSite(next(owner), { engine }, io()), SiteTaken)
      assert.deepEqual(done, [])
    }
  })

  test('a newer tag of the same repository takes over', async () => {
    const older = container('c1', { ref: 'refs/tags/v1' }, { exposed: true })
    const { engine, done } = fakeSiteEngine('127.0.0.1', [older])
    await updateSite(next({ ref: 'refs/tags/v2' }), { engine }, io())
    assert.deepEqual(done, ['start c2', 'expose c2', 'remove c1'])
  })

  test('told to stop before it serves, it leaves things as they were', async () => {
    const { engine, done } = fakeSiteEngine(null, [former])
    const controller = new AbortController()
    const running = updateSite(
      next({ health: { path: '/', timeoutMs: 60_000, below: 500 } }),
      { engine },
      io(controller.signal),
    )
    controller.abort(new Error('canceled'))
    await assert.rejects(running)
    assert.deepEqual(done, ['start c2', 'remove c2'])
  })
})
