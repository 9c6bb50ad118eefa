import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeSitesState } from '../../job/sites-state.ts'
import { BUILD } from '../support/shop.ts'
import { HOST, type SiteStand, siteFiles, startSiteStand } from '../support/site-stand.ts'
import { until } from '../support/until.ts'

const A = 'feature-a.dev.example.com'
const B = 'feature-b.dev.example.com'

test('a remote that does not answer takes no site down', async (t) => {
  const site = await startSiteStand(t)
  const { stand, push } = site
  await push('feature-a', siteFiles('a'))
  await push('feature-b', siteFiles('b'))
  await stand.shop.delete('refs/heads/feature-a')
  await stand.letterbox.worker().stop()

  forgetReconcile(site)
  await stand.git.close()
  await once(site)
  assert.deepEqual(hosts(site), [A, B], 'the remote did not answer')
})

test('F17 a site goes when the remote no longer has its branch though nobody told Letterbox, and when its time is over', async (t) => {
  const triggers = [
    { on: 'push' as const, branches: ['feature-*'], steps: [BUILD, { site: { host: HOST, letsencrypt: false } }] },
    {
      on: 'push' as const,
      branches: ['short-*'],
      steps: [BUILD, { site: { host: HOST, ttl: '1s', letsencrypt: false } }],
    },
  ]
  const site = await startSiteStand(t, { triggers })
  const { stand, push } = site
  await push('feature-a', siteFiles('a'))
  await push('feature-b', siteFiles('b'))
  const short = await push('short-1', siteFiles('short'))
  assert.equal(short.state, 'succeeded', short.reason ?? '')
  await stand.shop.delete('refs/heads/feature-a')
  await stand.letterbox.worker().stop()

  forgetReconcile(site)
  const said = await once(site)
  assert.deepEqual(hosts(site), [B])
  assert.deepEqual(
    (await site.containers()).map(({ host }) => host),
    [B],
  )
  assert.match(said, /the remote no longer has refs\/heads\/feature-a/)
  assert.match(said, /its time was over at/)
})

test('a worker killed while both containers serve finishes the switch after its restart', async (t) => {
  const site = await startSiteStand(t, { settle: '4s' })
  const { stand, push, proxy } = site
  await push('feature-a', siteFiles('one'))
  const commit = await stand.shop.commit({ files: siteFiles('two'), branch: 'feature-a' })
  await stand.github({ commit, ref: 'refs/heads/feature-a' })
  const both = async () => (await site.containers()).filter(({ exposed }) => exposed).length === 2
  await until(both, { what: 'both to serve', deadlineMs: 30_000 })
  await stand.letterbox.worker().kill9()
  assert.equal((await site.containers()).length, 2)

  await stand.letterbox.startWorker()
  const run = await stand.letterbox.run('the run to end', (one) => one.commit === commit && one.finishedAt !== null)
  assert.equal(run.state, 'succeeded', run.reason ?? '')
  assert.deepEqual(
    run.steps.map(({ state }) => state),
    ['succeeded', 'succeeded'],
  )
  const left = await site.containers()
  assert.equal(left.length, 1)
  assert.equal(left[0]?.labels['dev.letterbox.site.commit'], commit)
  assert.ok(stand.letterbox.log(run.id).some(({ text }) => text.startsWith('going on with container')))
  await until(async () => (await proxy.get(A)).body === 'two\n', {
    what: 'the new one to answer',
    describe: proxy.conf,
  })
})

test('canceled before the new container answers, the former one goes on and nothing is left', async (t) => {
  const triggers = [
    {
      on: 'push' as const,
      steps: [BUILD, { site: { host: HOST, letsencrypt: false, health: { path: '/never', timeout: '60s' } } }],
    },
  ]
  const site = await startSiteStand(t, { triggers })
  const { stand } = site
  const commit = await stand.shop.commit({ files: siteFiles('x'), branch: 'feature-a' })
  await stand.github({ commit, ref: 'refs/heads/feature-a' })
  await until(async () => (await site.containers()).length === 1, {
    what: 'the container to start',
    deadlineMs: 30_000,
  })
  const [run] = stand.letterbox.runs()
  const canceled = await stand.letterbox.command('cancel', run?.id ?? '')
  assert.equal(canceled.code, 0, canceled.stderr)
  await until(async () => (await site.containers()).length === 0, { what: 'the container to go' })
})

function hosts(site: SiteStand): string[] {
  return site.state().sites.map(({ host }) => host)
}

/** As if the last time were long ago. */
function forgetReconcile(site: SiteStand): void {
  writeSitesState(site.stand.letterbox.data.sitesState, { ...site.state(), reconciledAt: null })
}

async function once({ stand }: SiteStand): Promise<string> {
  const end = await stand.letterbox.command('worker', '--once')
  assert.equal(end.code, 0, end.stderr)
  return end.stdout
}
