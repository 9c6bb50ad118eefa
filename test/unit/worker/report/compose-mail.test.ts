import assert from 'node:assert/strict'
import { test } from 'node:test'
import { composeMails, outboxEntry } from '../../../../worker/report/compose-mail.ts'
import { ComposedMail } from '../../../../worker/report/composed-mail.ts'
import { MAX_HTML_BYTES } from '../../../../worker/report/mail-html.ts'
import { failedRun, logLine, sampleConfig, sampleEvent, sampleFacts, sampleRun, sampleStep } from './sample-facts.ts'

function onlyMail(change: Parameters<typeof sampleFacts>[0] = {}): ComposedMail {
  const { mails, notes } = composeMails(sampleFacts(change))
  assert.deepEqual(notes, [])
  const [mail, ...others] = mails
  assert.ok(mail)
  assert.equal(others.length, 0)
  return mail
}

test('the subject says repository, branch, verdict, run number and what was changed', () => {
  assert.equal(onlyMail().subject, '[acme/shop] main: passed · run #12 · Round the basket total once, at the end')
  assert.match(onlyMail({ run: failedRun() }).subject, /^\[acme\/shop\] main: failed · run #12 · /)
})

test('a subject tells a change for the better and the same trouble again from a plain end', () => {
  assert.match(onlyMail({ previous: failedRun() }).subject, / main: fixed · /)
  assert.match(onlyMail({ run: failedRun(), previous: failedRun() }).subject, / main: still failing · /)
  assert.match(onlyMail({ run: failedRun(), previous: sampleRun() }).subject, / main: failed · /)
})

test('a tag stands in the subject where a branch would', () => {
  const run = sampleRun({ event: 'tag', ref: 'refs/tags/v1.4.2', branch: null, tag: 'v1.4.2' })
  assert.match(onlyMail({ run }).subject, /^\[acme\/shop\] v1\.4\.2: passed · run #12/)
})

test('B04: a subject stays on one line and short, whatever branch and message hold', () => {
  const branch = `feature/${'ä'.repeat(400)}\r\nBcc: evil@example.org`
  const event = sampleEvent({ message: `fix\u202Egnp.exe\u0000 ${'x'.repeat(5000)}`, branch })
  const { subject } = onlyMail({ event, run: sampleRun({ branch }) })
  assert.ok(subject.length <= 160, subject)
  assert.doesNotMatch(subject, /[\r\n\0\u202e]/)
})

test('the text part of a failure reads well on its own', () => {
  const { text } = onlyMail({ run: failedRun() })
  const order = [
    '✕ main failed',
    'acme/shop · run #12 · 1 min 8 s',
    'Round the basket total once, at the end',
    '5e3c2f7a9b1d by Ada Lovelace, pushed by Grace Hopper',
    'https://github.com/acme/shop/commit/5e3c2f7a9b1d4c6e8f0a1b2c3d4e5f6071829304',
    'test failed after 22 s with exit code 1',
    'COMMAND_FAILED: ./runtests.sh ended with exit code 1',
    '  | AssertionError: expected 1.01 but got 1.02',
    '  ✓ build  42 s',
    '  ✕ test   22 s  exit code 1',
    '  – push   skipped',
    'Open the run:  https://ci.example.com/runs/01KAHV0G4M8Q2Y7ZB3N5R6T9WX',
    'Run it again:  letterbox retry 01KAHV0G4M8Q2Y7ZB3N5R6T9WX',
    'run-12.log',
  ]
  let from = 0
  for (const part of order) {
    const at = text.indexOf(part, from)
    assert.ok(at >= 0, `${part} is missing or out of order in:\n${text}`)
    from = at
  }
  assert.ok(!text.includes('\x1b'), 'colours are stripped')
})

test('the mail of a success says how to pull the image', () => {
  const { text, html } = onlyMail()
  for (const part of [text, html]) {
    assert.ok(part.includes('docker pull code.example.com:5000/acme/shop:latest'))
    assert.ok(part.includes('code.example.com:5000/acme/shop:5e3c2f7a9b1d'))
    assert.ok(part.includes(`sha256:${'4b7e91d2'.repeat(8)}`))
  }
})

test('a pull line is only shown where it needs no quoting in a shell', () => {
  const run = sampleRun()
  const steps = run.steps.map((step) => ({ ...step, outputs: { ...step.outputs, tags: ['x/y:z;touch$IFS/tmp/p'] } }))
  assert.ok(!onlyMail({ run: { ...run, steps } }).text.includes('docker pull'))
})

test('F01: the failing step shows its last lines, coloured in HTML, and links of the log are no links', () => {
  const tail = (step: number | null) => {
    assert.equal(step, 1)
    return [
      logLine('\x1b[31mred\x1b[0m \x1b]8;;https://evil.example\x07click\x1b]8;;\x07'),
      logLine(' 10%\r 100%\r'),
      logLine('last'),
    ]
  }
  const { html, text } = onlyMail({ run: failedRun(), tail })
  assert.match(html, /<span style="color:#ff7b72">red<\/span>/)
  assert.doesNotMatch(html, /evil\.example/)
  assert.match(text, / {2}\| red click\n {2}\| {2}100%\n {2}\| last/)
})

test('a run that failed before its first step shows what the run itself said', () => {
  const tail = (step: number | null) => (step === null ? [logLine('fatal: no such repository', { step: null })] : [])
  const steps = [sampleStep(0, { state: 'queued', startedAt: null, finishedAt: null })]
  const { text } = onlyMail({ run: failedRun({ reason: 'REMOTE_REFUSED: no such repository', steps }), tail })
  assert.match(text, /REMOTE_REFUSED: no such repository\n\n {2}\| fatal: no such repository/)
  assert.match(text, /– build {2}skipped/)
})

test('F01, F04, F07: nothing from outside becomes markup', () => {
  const bad = `"><img src=x onerror=alert(1)></pre></title><script>alert(2)</script>{{ run.id }}{% raw %}&`
  const step = sampleStep(0, {
    name: bad,
    state: 'failed',
    exitCode: 1,
    error: { code: bad, message: bad, hint: bad },
  })
  const event = sampleEvent({
    message: `${bad}\n\n${bad}`,
    author: { name: bad, email: null, login: null },
    sender: { name: `${bad}2`, email: 'grace@example.com', login: null },
  })
  event.repository.path = `acme/${bad}`
  const run = failedRun({ branch: bad, reason: bad, trigger: bad, steps: [step], commit: bad })
  const { html, text } = onlyMail({ run, event, tail: () => [logLine(bad), logLine(`\x1b[31m${bad}`)] })
  assert.doesNotMatch(html, /<(?:img|script)/)
  assert.equal(html.match(/<\/pre>/g)?.length, 1)
  assert.equal(html.match(/<\/title>/g)?.length, 1)
  assert.ok(html.includes('&lt;script&gt;alert(2)&lt;/script&gt;{{ run.id }}'))
  assert.ok(text.includes(bad), 'the text part needs no escaping')
})

test('the mail needs nothing from the network and carries no script', () => {
  const { html } = onlyMail({ run: failedRun() })
  assert.doesNotMatch(html, /<(?:script|img|link|iframe|object|form)|src=|@import|url\(|\son\w+=/i)
  assert.match(html, /<meta name="color-scheme" content="light dark">/)
  assert.match(html, /prefers-color-scheme: dark/)
})

test('secrets are masked wherever they stand, before anything is cut', () => {
  const secret = 's3cr3t-<value>'
  const event = sampleEvent({ message: `${'x'.repeat(190)} ${secret}\n\n${secret}` })
  const steps = [
    sampleStep(0, { state: 'failed', name: secret, error: { code: 'X', message: `a ${secret}`, hint: `b ${secret}` } }),
  ]
  const run = failedRun({ branch: secret, reason: secret, steps })
  const { subject, text, html } = onlyMail({ run, event, mask: (value) => value.replaceAll(secret, '***') })
  for (const part of [subject, text, html]) assert.doesNotMatch(part, /s3cr3t/)
})

test('a mail stays small enough for Gmail to show whole', () => {
  const noisy = Array.from('<&">'.repeat(200), (character, at) => `\x1b[${31 + (at % 7)}m${character}`).join('')
  const { html, text } = onlyMail({
    run: failedRun({ steps: Array.from({ length: 300 }, (_, index) => sampleStep(index, { state: 'failed' })) }),
    event: sampleEvent({ message: '<>&"\n'.repeat(10_000) }),
    tail: (_step, lines) => Array.from({ length: lines }, () => logLine(noisy)),
  })
  assert.ok(Buffer.byteLength(html) <= MAX_HTML_BYTES, `${Buffer.byteLength(html)} bytes`)
  assert.ok(Buffer.byteLength(text) <= MAX_HTML_BYTES)
  assert.match(html, /&lt;&amp;&quot;/, 'the log is still there')
})

test('without a server address there is no link, and the command to retry stays', () => {
  const { html, text } = onlyMail({ run: failedRun(), config: sampleConfig({ url: null }) })
  assert.doesNotMatch(html, /href="[^"]*\/runs\//)
  assert.doesNotMatch(text, /Open the run/)
  assert.match(text, /Run it again: {2}letterbox retry 01KAHV0G4M8Q2Y7ZB3N5R6T9WX/)
})

test('each recipient gets a mail of its own, whose Message-ID never changes', () => {
  const facts = sampleFacts({ mail: { to: ['pusher', 'qa@elsewhere.example', 'pusher'], on: 'always' } })
  const { mails } = composeMails(facts)
  assert.deepEqual(
    mails.map(({ to }) => to),
    ['grace@example.com', 'qa@elsewhere.example'],
  )
  assert.notEqual(mails[0]?.messageId, mails[1]?.messageId)
  assert.deepEqual(composeMails(facts).mails, mails)
  assert.match(mails[0]?.messageId ?? '', /^<01KAHV0G4M8Q2Y7ZB3N5R6T9WX\.[0-9a-f]{24}@example\.com>$/)
})

test('mails of one repository and branch belong to one thread, other branches to another', () => {
  const first = onlyMail()
  const second = onlyMail({ run: failedRun({ id: '01KAHV0G4M8Q2Y7ZB3N5R6T9WZ', number: 13 }) })
  const other = onlyMail({ run: sampleRun({ branch: 'develop', ref: 'refs/heads/develop' }) })
  assert.equal(first.thread, second.thread)
  assert.notEqual(first.messageId, second.messageId)
  assert.notEqual(first.thread, other.thread)
})

test('headers let people filter, and keep absence notes away', () => {
  const run = failedRun({ repository: 'github.com/acme/Sh\r\nBcc: x@example.org/ä' })
  const { headers } = onlyMail({ run })
  assert.equal(headers['Auto-Submitted'], 'auto-generated')
  assert.equal(headers['X-Letterbox-State'], 'failed')
  assert.equal(headers['X-Letterbox-Run'], '01KAHV0G4M8Q2Y7ZB3N5R6T9WX #12')
  assert.match(headers['List-Id'] ?? '', /^<[a-z0-9.-]+\.letterbox\.example\.com>$/)
  for (const value of Object.values(headers)) assert.match(value, /^[\x20-\x7e]+$/)
  assert.equal(onlyMail().headers['List-Id'], '<shop.acme.github.com.letterbox.example.com>')
})

test('what enters the outbox is the mail itself', () => {
  const mail = onlyMail()
  const { id, messageId, payload } = outboxEntry(mail)
  assert.deepEqual({ id, messageId }, { id: mail.id, messageId: mail.messageId })
  assert.deepEqual(ComposedMail.parse(JSON.parse(payload)), mail)
})

test('a mail that cannot be composed is a note in the log and never an error', () => {
  const { mails, notes } = composeMails(
    sampleFacts({
      run: failedRun(),
      tail: () => {
        throw new Error('the log is gone')
      },
    }),
  )
  assert.deepEqual(mails, [])
  assert.deepEqual(notes, ['no mail: it could not be composed: the log is gone'])
})

test('the run log is told why nobody gets a mail', () => {
  const config = { ...sampleConfig(), mail: undefined }
  const because = (change: Parameters<typeof sampleFacts>[0]) => composeMails(sampleFacts(change)).notes
  assert.deepEqual(because({ mail: undefined }), ['no mail: the trigger has no mail section'])
  assert.deepEqual(because({ config }), ['no mail: the config has no mail section that says how to send it'])
  const from = { ...sampleConfig(), mail: { smtp: { url: { env: 'X' } }, from: 'nobody\r\nBcc: a@b.c', allow: [] } }
  assert.deepEqual(because({ config: from }), ['no mail: mail.from is no address: "nobody Bcc: a@b.c"'])
  assert.deepEqual(because({ run: sampleRun({ state: 'skipped' }) }), ['no mail: the run was skipped'])
})
