import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OutboxMail } from '../../../../job/store-port.ts'
import { composeMails, outboxEntry } from '../../../../worker/report/compose-mail.ts'
import { createOutbox, type MailTransport } from '../../../../worker/report/outbox.ts'
import { MailDeferred, RecipientRefused, SmtpUnavailable } from '../../../../worker/report/smtp-errors.ts'
import { sampleFacts, sampleRun } from './sample-facts.ts'

const START = Date.parse('2026-11-21T05:01:09.000Z')

test('a mail in the outbox is sent at once and once', async () => {
  const desk = createDesk(['ada'])
  desk.outbox.start()
  await desk.idle()
  desk.outbox.kick()
  await desk.idle()
  assert.deepEqual(desk.sent, ['ada'])
  assert.deepEqual(desk.states(), { ada: 'sent' })
})

test('mails leave one after the other over one transport, and each carries the log of its run', async () => {
  const desk = createDesk(['ada', 'bob', 'eve'])
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.sent, ['ada', 'bob', 'eve'])
  assert.equal(desk.mostAtOnce(), 1)
  assert.equal(desk.opened(), 1)
  assert.equal(desk.closed(), 1)
  assert.match(desk.logs[0] ?? '', /05:01:00\.000 unit tests \| all is well/)
})

test('while SMTP is down every mail waits, longer each time, and then leaves once', async () => {
  const desk = createDesk(['ada', 'bob'])
  desk.answer(() => new SmtpUnavailable('smtp.example.com:25', 'connection refused'))
  desk.outbox.start()
  await desk.idle()
  assert.equal(desk.attempted.length, 1, 'the second mail waits untried')
  assert.deepEqual(desk.waitsMs(), [30_000])
  for (let round = 0; round < 8; round += 1) await desk.passTime()
  assert.deepEqual(
    desk.waitsMs(),
    [30, 60, 120, 240, 480, 960, 1920, 3600, 3600].map((seconds) => seconds * 1000),
  )
  desk.answer(() => null)
  await desk.passTime()
  assert.deepEqual(desk.sent, ['ada', 'bob'])
})

test('a refused recipient is given up at once and does not hold the others', async () => {
  const desk = createDesk(['ada', 'gone', 'eve'])
  desk.answer((to) => (to === 'gone' ? new RecipientRefused('gone@example.com', '550 no such user') : null))
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.states(), { ada: 'sent', gone: 'given up', eve: 'sent' })
  assert.match(desk.errorOf('gone'), /^MAIL_RECIPIENT_REFUSED: .*550 no such user$/)
})

test('greylisting delays one mail and not the others', async () => {
  const desk = createDesk(['grey', 'eve'])
  let first = true
  desk.answer((to) => {
    if (to !== 'grey' || !first) return null
    first = false
    return new MailDeferred('grey@example.com', '450 come back later')
  })
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.sent, ['eve'])
  await desk.passTime()
  assert.deepEqual(desk.sent, ['eve', 'grey'])
})

test('a mail that could not leave for three days is given up', async () => {
  const desk = createDesk(['ada'])
  desk.answer(() => new SmtpUnavailable('smtp.example.com:25', 'connection refused'))
  desk.outbox.start()
  await desk.idle()
  let rounds = 0
  while (desk.states().ada === 'waiting' && rounds < 200) {
    await desk.passTime()
    rounds += 1
  }
  assert.equal(desk.states().ada, 'given up')
  const days = (desk.now() - START) / 86_400_000
  assert.ok(days >= 3 && days < 3.1, `after ${days} days`)
})

test('a missing secret delays the mails and says so', async () => {
  const desk = createDesk(['ada'])
  let missing = true
  desk.onOpen(() => {
    if (missing) throw new SmtpUnavailable('nowhere', 'the secret is missing')
  })
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.states(), { ada: 'waiting' })
  missing = false
  await desk.passTime()
  assert.deepEqual(desk.sent, ['ada'])
})

test('a mail that breaks the mailer in an unforeseen way does not keep the others back', async () => {
  const desk = createDesk(['odd', 'eve'])
  desk.answer((to) => (to === 'odd' ? new TypeError('what is this') : null))
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.states(), { odd: 'waiting', eve: 'sent' })
})

test('a payload that is no mail is given up and never sent', async () => {
  const desk = createDesk(['ada', 'eve'])
  desk.damage('ada', '{"to":"evil@example.com"}')
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.states(), { ada: 'given up', eve: 'sent' })
  assert.deepEqual(desk.sent, ['eve'])
})

test('a mail that the store could not be told of is not sent again', async () => {
  const desk = createDesk(['ada'])
  desk.breakStore(true)
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.waitsMs(), [60_000], 'no hot loop')
  await desk.passTime()
  desk.breakStore(false)
  await desk.passTime()
  assert.deepEqual(desk.sent, ['ada'])
  assert.deepEqual(desk.states(), { ada: 'sent' })
})

test('a log that is gone keeps no verdict back', async () => {
  const desk = createDesk(['ada'])
  desk.loseLogs()
  desk.outbox.start()
  await desk.idle()
  assert.deepEqual(desk.sent, ['ada'])
  assert.match(desk.logs[0] ?? '', /could not be read any more/)
})

test('a mail that is added while others are sent leaves in the same breath', async () => {
  const desk = createDesk(['ada'])
  desk.answer((to) => {
    if (to === 'ada') {
      desk.add('late')
      desk.outbox.kick()
    }
    return null
  })
  desk.outbox.start()
  await desk.idle()
  await desk.passTime()
  assert.deepEqual(desk.sent, ['ada', 'late'])
})

test('drain sends what is due without being started, and comes back while the rest waits', async () => {
  const desk = createDesk(['grey', 'eve'])
  desk.answer((to) => (to === 'grey' ? new MailDeferred('grey@example.com', '450 later') : null))
  await desk.outbox.drain(new AbortController().signal)
  assert.deepEqual(desk.states(), { grey: 'waiting', eve: 'sent' })
  assert.deepEqual(desk.waitsMs(), [])
})

test('stop waits for the mail on its way and begins no other', async () => {
  const desk = createDesk(['ada', 'eve'])
  const gate = Promise.withResolvers<void>()
  desk.hold(gate.promise)
  desk.outbox.start()
  const stopped = desk.outbox.stop()
  gate.resolve()
  await stopped
  assert.deepEqual(desk.states(), { ada: 'sent', eve: 'waiting' })
})

test('stop calls a mail off that does not end in time; it stays due', async () => {
  const desk = createDesk(['ada'])
  desk.hold(new Promise(() => {}))
  desk.outbox.start()
  await desk.outbox.stop(1)
  assert.deepEqual(desk.states(), { ada: 'waiting' })
  assert.equal(desk.errorOf('ada'), '')
})

/** An outbox over a store in memory and a clock that only passTime() moves. */
function createDesk(names: string[]) {
  const rows: (OutboxMail & { state: string; nextAt: string; error: string })[] = []
  const sent: string[] = []
  const attempted: string[] = []
  const logs: string[] = []
  const waits: number[] = []
  let now = START
  let timer: { callback: () => void; at: number } | null = null
  let answer: (to: string) => Error | null = () => null
  let onOpen = () => {}
  let gate: Promise<void> = Promise.resolve()
  let broken = false
  let logsLost = false
  let atOnce = 0
  let mostAtOnce = 0
  let opened = 0
  let closed = 0

  const rowOf = (id: string) => {
    const row = rows.find((one) => one.id === id)
    assert.ok(row)
    return row
  }
  const add = (name: string) => {
    const { mails } = composeMails(
      sampleFacts({ mail: { to: [`${name}@example.com`], on: 'always' }, run: sampleRun({ finishedAt: iso(START) }) }),
    )
    for (const mail of mails) {
      const entry = { ...outboxEntry(mail), run: mail.run, attempts: 0, state: 'waiting' }
      rows.push({ ...entry, id: name, nextAt: iso(START), error: '' })
    }
  }
  const change = (id: string, to: Partial<(typeof rows)[number]>) => {
    if (broken) throw new Error('disk full')
    const row = rowOf(id)
    Object.assign(row, to, { attempts: row.attempts + 1 })
  }
  const transport = (): MailTransport => {
    onOpen()
    opened += 1
    return {
      async send(mail, log, signal) {
        const to = mail.to.split('@')[0] ?? ''
        attempted.push(to)
        logs.push(log)
        atOnce += 1
        mostAtOnce = Math.max(mostAtOnce, atOnce)
        await Promise.race([gate, new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))])
        atOnce -= 1
        signal.throwIfAborted()
        const error = answer(to)
        if (error !== null) throw error
        sent.push(to)
      },
      close: () => {
        closed += 1
      },
    }
  }
  const quiet = () => {}
  const outbox = createOutbox({
    store: {
      outboxDue: (at) => rows.filter((row) => row.state === 'waiting' && row.nextAt <= at),
      outboxNext: () =>
        rows
          .filter((row) => row.state === 'waiting')
          .map((row) => row.nextAt)
          .sort()[0] ?? null,
      mailSent: (id) => change(id, { state: 'sent' }),
      mailDelayed: (id, nextAt, error) => change(id, { nextAt, error }),
      mailGivenUp: (id, error) => change(id, { state: 'given up', error }),
    },
    open: transport,
    runLog: () => {
      if (logsLost) throw new Error('ENOENT')
      return [{ time: '2026-11-21T05:01:00.000Z', step: 1, stream: 'stdout' as const, text: 'all is well' }]
    },
    now: () => new Date(now),
    log: { info: quiet, warn: quiet, error: quiet },
    random: () => 0.5,
    schedule: (callback, ms) => {
      waits.push(ms)
      timer = { callback, at: now + ms }
      return () => {
        timer = null
      }
    },
  })
  for (const name of names) add(name)

  return {
    outbox,
    sent,
    attempted,
    logs,
    add,
    now: () => now,
    states: () => Object.fromEntries(rows.map(({ id, state }) => [id, state])),
    errorOf: (id: string) => rowOf(id).error,
    /** how long it waited each time, in the order of waiting; the hour it sleeps when nothing waits is no wait */
    waitsMs: () => waits.filter((ms) => ms > 0),
    mostAtOnce: () => mostAtOnce,
    opened: () => opened,
    closed: () => closed,
    answer: (next: typeof answer) => {
      answer = next
    },
    onOpen: (next: typeof onOpen) => {
      onOpen = next
    },
    hold: (until: Promise<void>) => {
      gate = until
    },
    breakStore: (is: boolean) => {
      broken = is
    },
    loseLogs: () => {
      logsLost = true
    },
    damage: (id: string, payload: string) => {
      rowOf(id).payload = payload
    },
    /** until nothing is left to do at this moment */
    idle: async () => {
      for (let turn = 0; turn < 50; turn += 1) await new Promise((resolve) => setImmediate(resolve))
    },
    /** lets the clock reach the timer, and fires it */
    async passTime() {
      const due = timer
      assert.ok(due, 'nothing is scheduled')
      timer = null
      now = due.at
      due.callback()
      await this.idle()
    },
  }
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
