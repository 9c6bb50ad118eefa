import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openStoreWriter } from '../../job/store.ts'
import type { StoreWriter } from '../../job/store-port.ts'
import { composeMails, outboxEntry } from '../../worker/report/compose-mail.ts'
import { createOutbox } from '../../worker/report/outbox.ts'
import { createSmtpTransport, type SmtpOptions } from '../../worker/report/smtp-transport.ts'
import { makeCertificate } from '../support/certificate.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { type MailCatcherOptions, startMailCatcher } from '../support/mail-catcher.ts'
import { until } from '../support/until.ts'
import { sampleRun as newRun, sampleOutcome } from '../unit/job/sample-job.ts'
import { failedRun, logLine, sampleFacts } from '../unit/worker/report/sample-facts.ts'

const PASSWORD = 'correct horse/battery%staple'

test('a mail arrives whole: headers, thread, text, HTML and the full log', async (t) => {
  const post = await startPost(t)
  post.endRun(['ada@example.com'])
  post.outbox.start()
  const mail = await post.catcher.waitForMail(() => true)
  assert.deepEqual([mail.from, mail.to], ['ci@example.com', ['ada@example.com']])
  assert.equal(mail.subject, '[acme/shop] main: failed · run #12 · Round the basket total once, at the end')
  const header = (name: string) => String(mail.headers.get(name))
  assert.match(mail.messageId, /^<01KAHV0G4M8Q2Y7ZB3N5R6T9WX\.[0-9a-f]{24}@example\.com>$/)
  assert.match(header('in-reply-to'), /^<thread\.[0-9a-f]{24}@example\.com>$/)
  assert.equal(header('references'), header('in-reply-to'))
  assert.equal(header('auto-submitted'), 'auto-generated')
  assert.equal(header('x-letterbox-repository'), 'github.com/acme/shop')
  assert.equal(header('x-letterbox-state'), 'failed')
  assert.match(mail.raw, /^List-Id: <shop\.acme\.github\.com\.letterbox\.example\.com>\r$/im)
  assert.match(mail.raw, /^From: Letterbox <ci@example\.com>\r$/m)
  assert.match(mail.raw, /^Date: Sat, 21 Nov 2026 05:01:09 \+0000\r$/m)
  assert.doesNotMatch(mail.raw, /^(?:Reply-To|Bcc|Cc):/m)
  assert.match(mail.text, /✕ main failed[\s\S]*AssertionError: expected 1\.01 but got 1\.02/)
  assert.match(mail.html, /<h1 [^>]*>main failed<\/h1>/)
  const [log] = mail.attachments
  assert.equal(log?.filename, 'run-12.log')
  assert.match(log?.content ?? '', /05:01:00\.000 test {2}\| all of the output/)
  for (const line of mail.raw.split('\r\n')) assert.ok(line.length <= 998, 'RFC 5322 line limit')
  await post.waitForStates({ 'ada@example.com': 'sent' })
})

test('F20: while the mail server is down the mail waits, and is delivered once when it is back', async (t) => {
  const post = await startPost(t, { down: true })
  post.endRun(['ada@example.com', 'bob@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  assert.match(post.warnings.at(-1) ?? '', /SMTP_UNAVAILABLE.*ECONNREFUSED/)
  await post.passTime()
  assert.deepEqual(post.states(), { 'ada@example.com': 'waiting', 'bob@example.com': 'waiting' })
  await post.catcher.up()
  await post.passTime()
  await post.waitForStates({ 'ada@example.com': 'sent', 'bob@example.com': 'sent' })
  await post.passTime()
  assert.deepEqual(
    post.catcher
      .mails()
      .map(({ to }) => to[0])
      .sort(),
    ['ada@example.com', 'bob@example.com'],
  )
})

test('a recipient whom the server refuses is recorded, and the others get their mail', async (t) => {
  const refuse = (address: string) => (address.startsWith('gone') ? { code: 550, message: '5.1.1 no such user' } : null)
  const post = await startPost(t, { refuse })
  post.endRun(['gone@example.com', 'ada@example.com'])
  post.outbox.start()
  await post.waitForStates({ 'gone@example.com': 'given up', 'ada@example.com': 'sent' })
  assert.match(post.warnings.at(-1) ?? '', /MAIL_RECIPIENT_REFUSED.*gone@example\.com.*no such user/)
})

test('a server that says "not now" gets the mail later', async (t) => {
  let calls = 0
  const refuse = () => {
    calls += 1
    return calls === 1 ? { code: 450, message: '4.2.0 greylisted' } : null
  }
  const post = await startPost(t, { refuse })
  post.endRun(['ada@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  assert.match(post.warnings.at(-1) ?? '', /MAIL_DEFERRED.*greylisted/)
  await post.passTime()
  await post.waitForStates({ 'ada@example.com': 'sent' })
  assert.equal(post.catcher.mails().length, 1)
})

test('a mail that the server refuses after reading it is not tried again', async (t) => {
  const post = await startPost(t)
  post.catcher.mood({ code: 554, message: '5.7.1 looks like spam' })
  post.endRun(['ada@example.com'])
  post.outbox.start()
  await post.waitForStates({ 'ada@example.com': 'given up' })
  assert.match(post.warnings.at(-1) ?? '', /MAIL_MESSAGE_REFUSED.*looks like spam/)
})

test('a wrong password delays the mails and stands in no log; the right one lets them leave', async (t) => {
  const post = await startPost(t, { auth: { user: 'ci', pass: PASSWORD } })
  post.loginWith('ci', 'wrong-secret-9')
  post.endRun(['ada@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  assert.match(post.warnings.at(-1) ?? '', /SMTP_AUTH_FAILED.*127\.0\.0\.1/)
  for (const said of [...post.warnings, post.storedErrors()]) {
    assert.doesNotMatch(said, /wrong-secret-9|d3Jvbmctc2VjcmV0/)
  }
  post.loginWith('ci', PASSWORD)
  await post.passTime()
  await post.waitForStates({ 'ada@example.com': 'sent' })
})

test('STARTTLS with an own certificate authority: trusted it is used, untrusted nothing is sent', async (t) => {
  const files = makeCertificate(freshFolder(t))
  const [key, cert, ca] = [files.keyFile, files.certificateFile, files.caFile].map((file) => readFileSync(file, 'utf8'))
  assert.ok(key && cert && ca)
  const options: SmtpOptions = {}
  const post = await startPost(t, { tls: { key, cert }, auth: { user: 'ci', pass: PASSWORD } }, options)
  post.endRun(['ada@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  assert.match(post.warnings.at(-1) ?? '', /SMTP_UNAVAILABLE.*certificate/)
  options.ca = ca
  await post.passTime()
  const mail = await post.catcher.waitForMail(() => true)
  assert.equal(mail.secure, true)
})

test('smtps speaks TLS from the first byte', async (t) => {
  const files = makeCertificate(freshFolder(t))
  const [key, cert, ca] = [files.keyFile, files.certificateFile, files.caFile].map((file) => readFileSync(file, 'utf8'))
  assert.ok(key && cert && ca)
  const post = await startPost(t, { tls: { key, cert, secure: true } }, { ca })
  post.endRun(['ada@example.com'])
  post.outbox.start()
  const mail = await post.catcher.waitForMail(() => true)
  assert.equal(mail.secure, true)
})

test('a login never crosses a line without TLS where TLS is demanded', async (t) => {
  const post = await startPost(t, { auth: { user: 'ci', pass: PASSWORD } })
  post.urlIs(`${post.catcher.url}?requireTLS=true`)
  post.endRun(['ada@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  assert.match(post.warnings.at(-1) ?? '', /SMTP_UNAVAILABLE.*STARTTLS/)
  assert.equal(post.catcher.mails().length, 0)
})

test('a server that hangs delays the mail, and stop does not wait for it', async (t) => {
  const post = await startPost(t, {}, { timeoutsMs: { connection: 2000, greeting: 2000, silence: 300 } })
  post.catcher.mood('hang')
  post.endRun(['ada@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  assert.match(post.warnings.at(-1) ?? '', /SMTP_UNAVAILABLE.*[Tt]imeout/)
  assert.deepEqual(post.states(), { 'ada@example.com': 'waiting' })

  const slow = await startPost(t)
  slow.catcher.mood('hang')
  slow.endRun(['ada@example.com'])
  slow.outbox.start()
  await slow.catcher.waitForSessions(1)
  const before = performance.now()
  await slow.outbox.stop(50)
  assert.ok(performance.now() - before < 2000)
  assert.deepEqual(slow.states(), { 'ada@example.com': 'waiting' })
})

test('a mail whose receipt was never said may come twice, and then under the same Message-ID', async (t) => {
  const post = await startPost(t)
  post.catcher.mood('accept-and-cut')
  post.endRun(['ada@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  post.catcher.mood('accept')
  await post.passTime()
  await post.waitForStates({ 'ada@example.com': 'sent' })
  const [first, second, ...others] = post.catcher.mails().map(({ messageId }) => messageId)
  assert.ok(first)
  assert.equal(first, second)
  assert.equal(others.length, 0)
})

test('a worker that is started again sends what waited, and nothing twice', async (t) => {
  const post = await startPost(t, { down: true })
  post.endRun(['ada@example.com', 'bob@example.com'])
  post.outbox.start()
  await post.waitForTimer()
  await post.outbox.stop()
  await post.catcher.up()
  const next = post.restart(60_000)
  await next.drain(new AbortController().signal)
  await next.drain(new AbortController().signal)
  assert.deepEqual(post.states(), { 'ada@example.com': 'sent', 'bob@example.com': 'sent' })
  assert.equal(post.catcher.mails().length, 2)
})

/** A real store, a real SMTP server, and an outbox whose clock moves only by passTime(). */
async function startPost(t: TestContext, catching: MailCatcherOptions = {}, smtp: SmtpOptions = {}) {
  const catcher = await startMailCatcher(catching)
  const stops: (() => Promise<void>)[] = [catcher.close]
  const folder = freshFolder(t, async () => {
    for (const stop of stops.reverse()) await stop()
  })
  const store = openStoreWriter(join(folder, 'letterbox.db'))
  stops.push(async () => store.close())
  const warnings: string[] = []
  const states = new Map<string, string>()
  const timers: (() => void)[] = []
  let url = catcher.url
  let clock = Date.parse('2026-11-21T05:01:10.000Z')

  const note = (facts: object, message: string) => void warnings.push(`${JSON.stringify(facts)} ${message}`)
  const create = () => {
    const outbox = createOutbox({
      store: watched(store, states),
      open: () => createSmtpTransport(url, smtp),
      runLog: () => [logLine('all of the output')],
      now: () => new Date(clock),
      log: { info: () => {}, warn: note, error: note },
      random: () => 0.5,
      schedule: (callback, ms) => {
        const fire = () => {
          clock += ms
          callback()
        }
        timers.push(fire)
        return () => {
          if (timers.includes(fire)) timers.splice(timers.indexOf(fire), 1)
        }
      },
    })
    stops.push(() => outbox.stop(100))
    return outbox
  }
  const waitForTimer = () => until(() => timers.length > 0, { what: 'the outbox to come to rest' })

  return {
    catcher,
    warnings,
    outbox: create(),
    waitForTimer,
    states: () => Object.fromEntries(states),
    storedErrors: () => JSON.stringify(readFileSync(join(folder, 'letterbox.db-wal')).toString('latin1')),
    waitForStates: (wanted: Record<string, string>) =>
      until(() => JSON.stringify(Object.fromEntries(states)) === JSON.stringify(wanted), {
        what: JSON.stringify(wanted),
        describe: () => Object.fromEntries(states),
      }),
    loginWith(user: string, pass: string) {
      url = `smtp://${user}:${encodeURIComponent(pass)}@127.0.0.1:${catcher.port}`
    },
    urlIs(next: string) {
      url = next
    },
    /** lets the clock reach the next try, and waits until the outbox rests again */
    async passTime() {
      await waitForTimer()
      timers.shift()?.()
      await waitForTimer()
    },
    restart(laterMs: number) {
      clock += laterMs
      return create()
    },
    /** ends a failed run in the store, with a mail to each of these */
    endRun(to: string[]) {
      const started = newRun()
      store.recordJob(sampleOutcome([started]), '2026-11-21T05:00:00.000Z')
      const { mails, notes } = composeMails(sampleFacts({ mail: { to, on: 'always' }, run: failedRun() }))
      assert.deepEqual(notes, [])
      for (const mail of mails) states.set(mail.to, 'waiting')
      const end = {
        run: started.id,
        state: 'failed' as const,
        reason: 'step test failed',
        at: '2026-11-21T05:01:09.000Z',
      }
      assert.ok(store.endRun({ ...end, mails: mails.map(outboxEntry) }))
    },
  }
}

/** The real store; what became of each mail is noted under its recipient. */
function watched(store: StoreWriter, states: Map<string, string>): StoreWriter {
  const recipients = new Map<string, string>()
  const noted = (id: string, state: string) => states.set(recipients.get(id) ?? id, state)
  return {
    ...store,
    outboxDue(now) {
      const due = store.outboxDue(now)
      for (const { id, payload } of due) recipients.set(id, JSON.parse(payload).to)
      return due
    },
    mailSent(id, at) {
      store.mailSent(id, at)
      noted(id, 'sent')
    },
    mailGivenUp(id, error) {
      store.mailGivenUp(id, error)
      noted(id, 'given up')
    },
  }
}
