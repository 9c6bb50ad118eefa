import assert from 'node:assert/strict'
import { globSync, lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { parseConfig } from '../../config/load.ts'
import { fixture, payloadOf, signed, withPayload } from '../fixtures/deliveries/fixtures.ts'
import { seedData } from '../support/seeded-data.ts'
import { type UnderTest, webhookUnderTest } from './webhook-under-test.ts'

/** The cases that broke other systems, by their ids. Each has a test with its id in the title. */
const ATTACKS = {
  intake: 'A01 A02 A03 A06 A07 A09 A11 A12 A14 A16 A19 A20 A21 A22 A23 A24 A26 A27 A28',
  shell: 'B01 B03 B04 B06 B07 B09 B10 B11 B13 B14 B15',
  hatch: 'C01 C02 C04 C05 C07 C09 C11 C12 C13 C14 C15 C17',
  config: 'D01 D04 D05 D06',
  trust: 'E01 E02 E03 E04 E05 E08 E09 E11 E12 E13',
  outputs: 'F01 F03 F04 F07 F08 F09 F10 F12 F13 F14 F15 F16 F17 F20',
}

const ROOT = join(import.meta.dirname, '../..')
const TITLE = /\b(?:test|it|suite|describe)\(\s*(['"`])((?:\\.|(?!\1)[\s\S])*)\1/g

test('every attack of the list has a test that bears its id', () => {
  const titles = globSync('test/**/*.test.ts', { cwd: ROOT }).flatMap((file) =>
    [...readFileSync(join(ROOT, file), 'utf8').matchAll(TITLE)].map((match) => match[2] ?? ''),
  )
  const ids = Object.values(ATTACKS).flatMap((group) => group.split(' '))
  const untested = ids.filter((id) => !titles.some((title) => title.includes(id)))
  assert.deepEqual(untested, [])
})

describe('what the webhook program gives to strangers', () => {
  let webhook: UnderTest
  before(async () => {
    webhook = await webhookUnderTest()
  })
  after(() => webhook.stop())
  const push = fixture('github', 'push-update')

  test('F10: the Host header is in no answer and no job file', async () => {
    const answer = await webhook.post({ ...signed(push), host: 'evil.example' }, push.body)
    assert.equal(answer.status, 202)
    const all = answer.text + JSON.stringify(answer.headers) + JSON.stringify(webhook.jobs())
    assert.ok(!all.includes('evil.example'))
  })

  test('F09: no answer redirects, whatever address is asked for', async () => {
    for (const path of [
      '/?next=//evil.example',
      '/hooks?next=/%5Cevil.example',
      '//evil.example/',
      '/%2f%2fevil.example',
    ]) {
      const answer = await webhook.send('GET', path)
      assert.ok(answer.status >= 400, `${path}: ${answer.status}`)
      assert.equal(answer.headers.location, undefined)
    }
  })

  test('F12: nothing is changed by a GET, or by a POST of a browser without a signature', async () => {
    const before = webhook.jobs().length
    const form = { 'content-type': 'application/x-www-form-urlencoded', origin: 'https://evil.example', cookie: 'a=b' }
    for (const path of ['/', '/hooks', '/api/runs/1/retry', '/runs/1/cancel']) {
      assert.ok((await webhook.send('GET', path)).status >= 400)
      assert.ok((await webhook.send('POST', path, form, 'run=1')).status >= 400)
    }
    assert.equal(webhook.jobs().length, before)
  })

  test('F13, F14, F15: no runs, streams, badges or metrics are given out, and known repositories look like unknown ones', async () => {
    const known = 'github.com/Codertocat/Hello-World'
    for (const path of [
      '/runs/1',
      '/runs/1/log',
      '/api/runs',
      '/metrics',
      `/badge/${known}.svg`,
      '/badge/github.com/a/b.svg',
    ]) {
      const answer = await webhook.send('GET', path)
      assert.equal(answer.status, 404, path)
      assert.equal(answer.text, (await webhook.send('GET', '/nowhere')).text)
    }
    const health = (await webhook.send('GET', '/healthz')).text + (await webhook.send('GET', '/readyz')).text
    assert.ok(!health.includes('Codertocat'))
  })

  test('E03, E04, E05, E11: no event of a pull request starts anything, whoever labels, reviews, approves or comments', async () => {
    const before = webhook.jobs().length
    const events = [
      'pull_request',
      'pull_request_target',
      'pull_request_review',
      'issue_comment',
      'check_suite',
      'workflow_run',
    ]
    for (const event of events) {
      const fork = withPayload(push, { ...payloadOf(push), action: 'labeled', author_association: 'CONTRIBUTOR' })
      const headers = { ...fork.headers, 'x-github-event': event, 'x-github-delivery': `of-${event}` }
      const answer = await webhook.post(signed({ ...fork, headers }), fork.body)
      assert.equal(answer.status, 200, event)
      assert.match(answer.text, /"ignored"/)
    }
    assert.equal(webhook.jobs().length, before)
  })
})

test('C17: what the web program may read is plain files and folders that only the worker can write', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'letterbox-attacks-'))
  context.after(() => rmSync(root, { recursive: true, force: true }))
  const { folder, store } = await seedData(root)
  context.after(() => store.close())
  const names = readdirSync(folder.state, { recursive: true }).map(String)
  assert.ok(names.length > 2)
  for (const name of ['.', ...names]) {
    const stat = lstatSync(join(folder.state, name))
    assert.ok(stat.isFile() || stat.isDirectory(), name)
    assert.equal(stat.uid, process.getuid?.() ?? stat.uid, name)
    assert.equal(stat.mode & 0o022, 0, `${name} is writable for others: ${(stat.mode & 0o777).toString(8)}`)
  }
})

test('D05: no config asks for more of the host than a step has: there are no words for it', () => {
  for (const wish of [
    'privileged: true',
    'mounts: [/:/host]',
    'pid: host',
    'devices: [/dev/sda]',
    'capAdd: [ALL]',
    'hostPath: /',
  ]) {
    const result = parseConfig(
      `repositories:
  github.com/acme/shop:
    secret: { env: S }
    triggers: [{ on: push, steps: [{ test: { image: "busybox:1.36", command: x, ${wish} } }] }]`,
      'config.yaml',
    )
    assert.equal(result.kind, 'refused', wish)
    assert.deepEqual(result.kind === 'refused' && result.diagnostics.map(({ code }) => code), ['UNKNOWN_KEY'], wish)
  }
})

test('D05, B14: no file of a repository is ever read as config, and nothing is written for a scheduler of the host', () => {
  const sources = globSync('{config,forge,job,webhook,worker}/**/*.ts', { cwd: ROOT })
  const texts = sources.map((file) => ({ file, text: readFileSync(join(ROOT, file), 'utf8') }))
  const loaders = texts.filter(({ text }) => /\b(?:loadConfig|parseConfig)\(/.test(text)).map(({ file }) => file)
  assert.deepEqual(
    loaders.filter((file) => !file.startsWith('config/')),
    [],
  )
  const schedulers = texts.filter(({ text }) => /crontab|\/etc\/cron|systemd-run/.test(text)).map(({ file }) => file)
  assert.deepEqual(schedulers, [])
})
