import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { readdirSync, renameSync, unlinkSync } from 'node:fs'
import { request } from 'node:http'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { fixture, mac, payloadOf, signed, withPayload } from '../fixtures/deliveries/fixtures.ts'
import { type Answered, CONFIG, type UnderTest, webhookUnderTest } from './webhook-under-test.ts'

const update = fixture('github', 'push-update')
const otherPush = fixture('github', 'push-skip-ci')
const several = fixture('bitbucket', 'push-several-refs')

/** A push that was never sent before. */
function newPush(branch: string) {
  const push = withPayload(update, { ...payloadOf(update), ref: `refs/heads/${branch}` })
  return { ...push, headers: { ...push.headers, 'x-github-delivery': branch } }
}

function elsewhere(full_name: string) {
  const repository = { full_name, html_url: `https://github.com/${full_name}` }
  return withPayload(update, { ...payloadOf(update), repository })
}

/** What a stranger can see of an answer. */
function visible({ status, headers, text }: Answered) {
  const { date: _, ...others } = headers
  return { status, headers: others, text }
}

describe('the intake', () => {
  let webhook: UnderTest
  before(async () => {
    webhook = await webhookUnderTest()
  })
  after(() => webhook.stop())

  it('A01 A03 A16 A22 answers wrong signature, missing signature and unknown repository alike, to the byte', async () => {
    const sha1 = `sha1=${createHmac('sha1', 'x').update(update.body).digest('hex')}`
    const answers = [
      await webhook.post(update.headers, update.body),
      await webhook.post(signed(update, 'wrong'), update.body),
      await webhook.post({ ...update.headers, 'x-hub-signature': sha1 }, update.body),
      await webhook.post({ ...update.headers, 'x-hub-signature-256': sha1 }, update.body),
      await webhook.post(signed(update, ''), update.body),
      await webhook.post(signed(elsewhere('acme/unknown')), elsewhere('acme/unknown').body),
      await webhook.post(signed(elsewhere('acme/other')), elsewhere('acme/other').body),
      await webhook.post(signed(elsewhere('acme/unknown'), 'wrong'), elsewhere('acme/unknown').body),
      await webhook.post(signed(update, 'secret of the other'), update.body),
      await webhook.post({ ...update.headers, 'content-length': '0' }, ''),
    ].map(visible)
    for (const answer of answers) assert.deepEqual(answer, answers[0])
    assert.equal(answers[0]?.status, 401)
    assert.deepEqual(webhook.jobs(), [])
  })

  it('A07 lets neither the expected MAC, nor a signature, nor the body, nor a secret into its log', async () => {
    await webhook.post({ ...signed(update, 'wrong'), 'x-forwarded-for': 'secret-looking' }, update.body)
    await webhook.post(signed({ ...update, body: Buffer.from('{"k3y": k3y}') }), '{"k3y": k3y}')
    const log = webhook.lines.join('\n')
    const traitors = [
      mac(update.body),
      mac(update.body, 'wrong'),
      'sha256=',
      'back-door',
      'k3y',
      'Secret to Everybody',
      'secret-looking',
    ]
    for (const traitor of traitors) assert.ok(!log.includes(traitor), traitor)
  })

  it('writes one audit line for each refusal, with its reason and where it came from', async () => {
    const from = webhook.lines.length
    await webhook.post(update.headers, update.body)
    const lines = webhook.lines.slice(from).map((line) => JSON.parse(line))
    assert.deepEqual(lines, [
      {
        msg: 'refused',
        remote: '127.0.0.1',
        status: 401,
        code: 'NOT_ACCEPTED',
        reason: 'no secret verifies the signature',
      },
    ])
  })

  it('A09 refuses a form with two payload fields although it is signed', async () => {
    const form = fixture('github', 'push-form-encoded')
    const body = Buffer.from(`${form.body}&${form.body}`)
    const answer = await webhook.post(signed({ ...form, body }), body)
    assert.equal(answer.status, 400)
    assert.deepEqual(webhook.jobs(), [])
  })

  it('A14 takes prototype keys as plain data', async () => {
    const branch = withPayload(update, { ...payloadOf(update), ref: 'refs/heads/__proto__' })
    const answer = await webhook.post({ ...signed(branch), 'x-github-delivery': '__proto__' }, branch.body)
    assert.equal(answer.status, 202)
    assert.equal(webhook.jobs()[0]?.events[0]?.branch, '__proto__')
    for (const name of ['__proto__/x', 'constructor/prototype']) {
      assert.equal((await webhook.post(signed(elsewhere(name)), elsewhere(name).body)).status, 401)
    }
  })

  it('A22 says nothing about paths and methods', async () => {
    const unknown = await Promise.all(
      ['/x', '/hooks/x', '/hooks/github/x', '/../etc/passwd', '/%2e%2e/x', '/HOOKS?', '/%ff', '/hooks/%ff'].map(
        (path) => webhook.post(signed(update), update.body, path),
      ),
    )
    for (const answer of unknown) assert.deepEqual([answer.status, answer.text], [404, unknown[0]?.text])
    const methods = await Promise.all(
      ['GET', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND'].map((method) => webhook.send(method, '/hooks')),
    )
    for (const answer of methods) assert.deepEqual([answer.status, answer.text], [405, methods[0]?.text])
    assert.equal((await webhook.post({}, '', '/healthz')).status, 405)
  })

  it('A23 refuses deliveries without the headers of one known forge', async () => {
    const { 'x-github-event': _, ...noEvent } = signed(update)
    const odd = [
      { 'content-type': 'application/json' },
      noEvent,
      { ...signed(update), 'x-github-event': '../../x' },
      { ...signed(update), ...signed(several) },
    ]
    for (const headers of odd) assert.equal((await webhook.post(headers, update.body)).status, 400)
  })

  it('takes a delivery only at the address of its own forge', async () => {
    assert.equal((await webhook.post(signed(several), several.body, '/hooks/github')).status, 400)
    assert.equal((await webhook.post(signed(several), several.body, '/hooks/gitlab')).status, 400)
    const taken = await webhook.post(signed(several), several.body, '/hooks/bitbucket')
    assert.deepEqual([taken.status, taken.headers['content-type']], [202, 'application/json; charset=utf-8'])
    const repeated = await webhook.post(signed(several), several.body, '/')
    assert.equal(repeated.status, 200)
  })

  it('A19 makes one job of twenty identical deliveries at once, and of one that comes under a new id', async () => {
    const count = webhook.jobs().length
    const answers = await Promise.all(Array.from({ length: 20 }, () => webhook.post(signed(otherPush), otherPush.body)))
    answers.push(await webhook.post({ ...signed(otherPush), 'x-github-delivery': 'new' }, otherPush.body))
    assert.equal(answers.filter(({ status }) => status === 202).length, 1)
    assert.equal(answers.filter(({ status, text }) => status === 200 && text.startsWith('{"duplicate":"01')).length, 20)
    assert.equal(webhook.jobs().length, count + 1)
  })

  it('A19 knows a delivery again after a restart while its job file waits', async () => {
    const again = await webhookUnderTest({ keep: webhook.folder })
    const answer = await again.post({ ...signed(otherPush), 'x-github-delivery': 'after-restart' }, otherPush.body)
    await again.stop()
    assert.equal(answer.status, 200)
    assert.match(answer.text, /^\{"duplicate":"01/)
  })

  it('A11 refuses a gigabyte before it is sent', async () => {
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const headers = { ...signed(update), 'content-length': String(1024 ** 3), expect: '100-continue' }
      const req = request({
        host: '127.0.0.1',
        port: webhook.port,
        method: 'POST',
        path: '/hooks',
        headers,
        agent: false,
      })
      req.on('continue', () => reject(new Error('was asked to go on')))
      req.on('response', (res) => {
        req.destroy()
        resolve(res.statusCode)
      })
      req.on('error', reject)
      req.flushHeaders()
    })
    assert.equal(answer, 413)
  })

  it('takes a body that waits for "100 Continue"', async () => {
    const push = newPush('continued')
    const answer = await webhook.post({ ...signed(push), expect: '100-continue' }, push.body)
    assert.equal(answer.status, 202)
  })

  it('A11 cuts an endless body without length at the limit, and its memory stays flat', async () => {
    const chunk = Buffer.alloc(1024 * 1024, 'x')
    const rssBefore = process.memoryUsage().rss
    let sent = 0
    const answer = await new Promise<number | undefined>((resolve, reject) => {
      const req = request({
        host: '127.0.0.1',
        port: webhook.port,
        method: 'POST',
        path: '/hooks',
        headers: signed(update),
        agent: false,
      })
      const pour = () => {
        while (!req.destroyed && sent < 200) {
          sent += 1
          if (!req.write(chunk)) return void req.once('drain', pour)
        }
      }
      req.on('response', (res) => {
        req.destroy()
        resolve(res.statusCode)
      })
      req.on('error', reject)
      pour()
    })
    assert.equal(answer, 413)
    assert.ok(sent < 200, `${sent} MiB sent`)
    assert.ok(process.memoryUsage().rss - rssBefore < 200 * 1024 ** 2)
  })

  it('A11 refuses compressed bodies, whatever they would become', async () => {
    const bomb = gzipSync(Buffer.alloc(10 * 1024 * 1024))
    const encoded: [string, Buffer][] = [
      ['gzip', bomb],
      ['br', brotliCompressSync(update.body)],
      ['deflate', bomb],
      ['identity, gzip', bomb],
    ]
    for (const [encoding, body] of encoded) {
      const headers = { ...signed({ ...update, body }), 'content-encoding': encoding }
      assert.equal((await webhook.post(headers, body)).status, 415, encoding)
    }
    for (const type of ['text/plain', 'multipart/form-data', 'application/xml', '']) {
      assert.equal((await webhook.post({ ...signed(update), 'content-type': type }, update.body)).status, 415, type)
    }
  })

  it('keeps a body of 20 MiB to the byte, also one with every byte value', async () => {
    const text = update.body.toString('utf8').replace('{', `{"padding":"${'ü'.repeat(10 * 1024 * 1024)}",`)
    const large = { ...update, body: Buffer.from(text) }
    const answer = await webhook.post({ ...signed(large), 'x-github-delivery': 'large' }, large.body)
    assert.equal(answer.status, 202)
    const job = webhook.jobs().find(({ delivery }) => delivery === 'large')
    assert.ok(job?.body != null && Buffer.from(job.body, 'base64').equals(large.body))
    const ping = fixture('github', 'ping')
    const bytes = { ...ping, body: Buffer.from(Array.from({ length: 1024 }, (_, i) => i % 256)) }
    assert.deepEqual((await webhook.post(signed(bytes), bytes.body)).json, { ignored: 'ping' })
  })

  it('answers "later" while the spool is gone, and takes the delivery when it is back', async () => {
    const push = newPush('later')
    renameSync(webhook.folder.spoolTmp, `${webhook.folder.spoolTmp}.away`)
    const refused = await webhook.post(signed(push), push.body)
    renameSync(`${webhook.folder.spoolTmp}.away`, webhook.folder.spoolTmp)
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '60'])
    assert.ok(!refused.text.includes(webhook.folder.root), 'the answer names no path')
    assert.equal((await webhook.post(signed(push), push.body)).status, 202)
    assert.deepEqual(readdirSync(webhook.folder.spoolTmp), [])
  })
})

describe('the bounds of the intake', () => {
  it('A27 answers "later" when the queue is full, and takes more when the worker took some', async () => {
    const webhook = await webhookUnderTest({ queue: { files: 2 } })
    const answers = []
    for (const push of ['a', 'b', 'c'].map(newPush)) answers.push(await webhook.post(signed(push), push.body))
    assert.deepEqual(
      answers.map(({ status, headers }) => [status, headers['retry-after']]),
      [
        [202, undefined],
        [202, undefined],
        [503, '60'],
      ],
    )
    assert.equal(webhook.jobs().length, 2)
    for (const name of readdirSync(webhook.folder.spoolNew)) unlinkSync(join(webhook.folder.spoolNew, name))
    const again = newPush('c')
    await until(async () => (await webhook.post(signed(again), again.body)).status === 202, 'it is taken')
    await webhook.stop()
  })

  it('A27 answers "later" when the disk is nearly full', async () => {
    const webhook = await webhookUnderTest({ queue: { freeBytes: Number.MAX_SAFE_INTEGER } })
    const answer = await webhook.post(signed(update), update.body)
    assert.equal(answer.status, 503)
    assert.equal((await webhook.send('GET', '/readyz')).status, 503)
    await webhook.stop()
  })

  it('A11 takes a small delivery while strangers hold all the memory there is for bodies', async () => {
    const webhook = await webhookUnderTest({ maxBodyBytesInFlight: 3 * 1024 * 1024 })
    const strangers = Array.from({ length: 8 }, () => stranger(webhook.port, 4 * 1024 * 1024))
    for (const socket of strangers) socket.write(Buffer.alloc(1024 * 1024, 'x'))
    await until(() => webhook.lines.some((line) => line.includes('"BUSY"')), 'a stranger is given up')
    const answer = await webhook.post(signed(update), update.body)
    assert.equal(answer.status, 202)
    for (const socket of strangers) socket.destroy()
    await webhook.stop()
  })

  it('A12 answers a good delivery within a second beside 500 slow ones, and ends those', async () => {
    const webhook = await webhookUnderTest({
      http: { headersTimeoutMs: 1500, requestTimeoutMs: 1500, checkEveryMs: 100 },
    })
    const slow = Array.from({ length: 500 }, (_, i) => stranger(webhook.port, 1000, i % 2 === 0))
    const closed = slow.map((socket) => new Promise((resolve) => socket.once('close', resolve)))
    await Promise.all(slow.map((socket) => new Promise((resolve) => socket.once('connect', resolve))))
    const startedAt = performance.now()
    assert.equal((await webhook.post(signed(update), update.body)).status, 202)
    assert.ok(performance.now() - startedAt < 1000)
    await Promise.all(closed)
    await webhook.stop()
  })

  it('A21 believes X-Forwarded-For from trusted proxies alone', async () => {
    const forwarded = { ...update.headers, 'x-forwarded-for': '140.82.112.1, 203.0.113.9', forwarded: 'for=1.2.3.4' }
    const remotes = []
    for (const trusted of ['', '127.0.0.1', '127.0.0.0/8, 203.0.113.9']) {
      const configText = CONFIG.replace('trustedProxies: []', `trustedProxies: [${trusted}]`)
      const webhook = await webhookUnderTest({ configText })
      await webhook.post(forwarded, update.body)
      remotes.push(JSON.parse(webhook.lines.at(-1) ?? '{}').remote)
      await webhook.stop()
    }
    assert.deepEqual(remotes, ['127.0.0.1', '203.0.113.9', '140.82.112.1'])
  })
})

/** Announces a body and does not send it; `headersToo` leaves even the headers open. */
function stranger(port: number, length: number, headersToo = false): Socket {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => undefined) // being cut off is what it is for
  socket.resume()
  const headers = Object.entries({ ...update.headers, host: 'x', 'content-length': String(length) })
  const head = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  socket.write(`POST /hooks HTTP/1.1\r\n${head}${headersToo ? '' : '\r\n'}`)
  return socket
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await condition())) {
    assert.ok(Date.now() < deadline, `not within ten seconds: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
