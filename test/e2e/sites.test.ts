import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BUILD } from '../support/shop.ts'
import { HOST, type SiteStand, siteFiles, startSiteStand } from '../support/site-stand.ts'
import { until } from '../support/until.ts'

const A = 'feature-a.dev.example.com'
const B = 'feature-b.dev.example.com'

test('two branches are served side by side, updated without a gap, and go with their branch', async (t) => {
  const site = await startSiteStand(t)
  const { stand, proxy, push } = site

  const [first] = await Promise.all([push('feature-a', siteFiles('a one')), push('feature-b', siteFiles('b one'))])
  assert.equal(first.state, 'succeeded', first.reason ?? '')
  await answers(site, A, 'a one')
  await answers(site, B, 'b one')
  const step = stand.letterbox.runs().find(({ commit }) => commit === first.commit)?.steps[1]
  assert.equal(step?.outputs.address, `http://${A}`)

  const visitor = visit(site, A)
  const second = await push('feature-a', siteFiles('a two'))
  assert.equal(second.state, 'succeeded', second.reason ?? '')
  await answers(site, A, 'a two')
  const seen = await visitor.end()
  t.diagnostic(`${seen.count} requests while it was updated, the slowest took ${seen.slowestMs} ms`)
  assert.deepEqual(seen.failed, [])
  assert.ok(seen.count > 50, `only ${seen.count} requests`)
  assert.ok(seen.bodies.has('a one') && seen.bodies.has('a two'))
  assert.equal((await proxy.get(B)).body, 'b one\n')
  assert.equal((await site.containers()).length, 2)

  const listed = await stand.letterbox.command('sites', '--json')
  const hosts = JSON.parse(listed.stdout).sites.map((one: { host: string; commit: string }) => [one.host, one.commit])
  assert.deepEqual(hosts[0], [A, second.commit])
  const inWords = await stand.letterbox.command('sites')
  assert.match(inWords.stdout, /running {2}feature-a\.dev\.example\.com .* of 64 MiB/)

  await stand.shop.delete('refs/heads/feature-a')
  await stand.github({ commit: null, before: second.commit, ref: 'refs/heads/feature-a' })
  await until(async () => (await proxy.get(A)).status === 503, {
    what: 'the site of the deleted branch to go',
    describe: proxy.conf,
  })
  assert.equal((await proxy.get(B)).body, 'b one\n')
})

test('a site whose new container is not well keeps the former one, and the log shows its last words', async (t) => {
  const site = await startSiteStand(t, {
    triggers: [
      {
        on: 'push',
        steps: [BUILD, { site: { host: HOST, letsencrypt: false, health: { path: '/health', timeout: '2s' } } }],
      },
    ],
  })
  const { stand, push } = site
  const good = await push('feature-a', siteFiles('good', { health: 'well' }))
  assert.equal(good.state, 'succeeded', good.reason ?? '')

  const silent = await push('feature-a', { ...siteFiles('no health'), health: '' })
  assert.equal(silent.state, 'succeeded', 'an empty answer is an answer')
  const bad = await push('feature-a', { ...siteFiles('bad'), health: null })
  assert.equal(bad.state, 'failed')
  assert.match(
    bad.reason ?? '',
    /not fit to serve: after 2 s at port 80, \/health: it answers 404; the former one stays/,
  )
  const dying = await push('feature-a', siteFiles('dying', { serve: 'echo "no database" >&2; exit 3' }))
  assert.match(dying.reason ?? '', /it ended with exit code 3; the former one stays/)
  const run = stand.letterbox.runs().find(({ commit }) => commit === dying.commit)
  assert.ok(stand.letterbox.log(run?.id ?? '').some(({ text }) => text === 'no database'))
  await answers(site, A, 'no health')
  assert.equal((await site.containers()).length, 1)
})

test('a site goes back to the image before, and is taken down, by the command line', async (t) => {
  const site = await startSiteStand(t)
  const { stand, push } = site
  const one = await push('feature-a', siteFiles('one'))
  await push('feature-a', siteFiles('two'))
  await answers(site, A, 'two')

  const back = await stand.letterbox.command('site', 'rollback', A)
  assert.equal(back.code, 0, back.stderr)
  assert.match(back.stdout, /serves acme\/shop of [0-9a-f]{12} again/)
  await answers(site, A, 'one')
  assert.equal(site.state().sites[0]?.commit, one.commit)
  const further = await stand.letterbox.command('site', 'rollback', A)
  assert.equal(further.code, 1)
  assert.match(further.stderr, /it has served no other image/)

  const removed = await stand.letterbox.command('site', 'remove', A, '--json')
  assert.equal(JSON.parse(removed.stdout).done, true, removed.stdout)
  assert.deepEqual(await site.containers(), [])
  const nobody = await stand.letterbox.command('site', 'remove', A)
  assert.equal(nobody.code, 1)
})

test('reserved names and names of another branch are refused', async (t) => {
  const site = await startSiteStand(t, {
    triggers: [
      {
        on: 'push',
        branches: ['shared-*'],
        steps: [BUILD, { site: { host: 'demo.example.com', letsencrypt: false } }],
      },
      { on: 'push', branches: ['**', '!shared-*'], steps: [BUILD, { site: { host: HOST, letsencrypt: false } }] },
    ],
  })
  const www = await site.push('www', siteFiles('www'))
  assert.match(www.reason ?? '', /"www" is reserved/)
  const idn = await site.push('xn--80ak6aa92e', siteFiles('apple'))
  assert.match(idn.reason ?? '', /another alphabet/)
  const first = await site.push('shared-1', siteFiles('first'))
  assert.equal(first.state, 'succeeded', first.reason ?? '')
  const second = await site.push('shared-2', siteFiles('second'))
  assert.match(second.reason ?? '', /demo\.example\.com is the site of .*, refs\/heads\/shared-1/)
  await answers(site, 'demo.example.com', 'first')
})

test('what an image says to the proxy counts for nothing', async (t) => {
  const site = await startSiteStand(t)
  const files = siteFiles('mine')
  const said = ['ENV VIRTUAL_HOST_MULTIPORTS={} ACME_PRE_HOOK=id VIRTUAL_PATH=/x', 'EXPOSE 9000']
  const asked = await site.push('feature-a', { ...files, Dockerfile: [files.Dockerfile, ...said, ''].join('\n') })
  assert.equal(asked.state, 'succeeded', asked.reason ?? '')
  await answers(site, A, 'mine')
  const [container] = await site.containers()
  const { Config } = await site.stand.engine.docker.getContainer(container?.id ?? '').inspect()
  assert.deepEqual(
    Config.Env.filter((one) => /^(?:VIRTUAL_HOST_|ACME|VIRTUAL_PATH)/.test(one) && one.includes('=')),
    [],
  )
  const label = 'LABEL com.github.nginx-proxy.nginx-proxy.loadbalance="hash $remote_addr"'
  const labelled = await site.push('feature-a', { ...files, Dockerfile: [files.Dockerfile, label, ''].join('\n') })
  assert.match(labelled.reason ?? '', /which the reverse proxy would obey/)
})

async function answers({ proxy }: SiteStand, host: string, says: string): Promise<void> {
  const what = `${host} to say ${says}`
  await until(async () => (await proxy.get(host)).body === `${says}\n`, { what, describe: proxy.conf })
}

/** Somebody who asks again and again, two at a time. */
function visit({ proxy }: SiteStand, host: string) {
  const failed: string[] = []
  const bodies = new Set<string>()
  let count = 0
  let slowestMs = 0
  let stopped = false
  const one = async () => {
    while (!stopped) {
      const { status, body, ms } = await proxy.get(host).catch((error) => ({ status: 0, body: String(error), ms: 0 }))
      count++
      slowestMs = Math.max(slowestMs, Math.round(ms))
      if (status !== 200) failed.push(`${status} ${body}`)
      else bodies.add(body.trim())
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }
  const all = Promise.all([one(), one()])
  return {
    async end() {
      stopped = true
      await all
      return { failed, bodies, count, slowestMs }
    },
  }
}
