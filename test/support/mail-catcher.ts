import { once } from 'node:events'
import { setTimeout as after } from 'node:timers/promises'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerDataStream, type SMTPServerOptions, type SMTPServerSession } from 'smtp-server'

/** A mail as it arrived, with the envelope and the raw bytes beside the parsed parts. */
export type CaughtMail = {
  from: string
  to: string[]
  subject: string
  text: string
  html: string
  messageId: string
  headers: ParsedMail['headers']
  attachments: { filename: string; contentType: string; content: string }[]
  raw: string
  secure: boolean
}

export type SmtpRefusal = { code: number; message: string }

export type MailCatcherOptions = {
  /** offers STARTTLS with this certificate; `secure` speaks TLS from the first byte (smtps) */
  tls?: { key: string; cert: string; secure?: boolean }
  /** demands this login, also without TLS */
  auth?: { user: string; pass: string }
  /** refuses a recipient with an SMTP code such as 450 or 550; null takes it */
  refuse?: (address: string) => SmtpRefusal | null
  /** starts with a port of its own on which nothing listens, until `up()` */
  down?: boolean
  port?: number
}

/** What the server does once it holds a whole message: takes it, refuses it, never answers, or keeps the mail and
 *  cuts the line before it says so (the one case in which a sender cannot know). */
export type CatcherMood = 'accept' | 'hang' | 'accept-and-cut' | SmtpRefusal

export type MailCatcher = {
  host: string
  port: number
  /** for `mail.smtp.url`, with the login where one is demanded */
  url: string
  mails(): CaughtMail[]
  /** how many SMTP sessions were opened so far */
  sessions(): number
  /** The first mail that fits, also one that is already here. Rejects after the deadline and says what it saw. */
  waitForMail(fits: (mail: CaughtMail) => boolean, deadlineMs?: number): Promise<CaughtMail>
  /** Resolves once so many sessions were opened. */
  waitForSessions(count: number, deadlineMs?: number): Promise<void>
  mood(mood: CatcherMood): void
  down(): Promise<void>
  up(): Promise<void>
  close(): Promise<void>
}

/** A real SMTP server on 127.0.0.1 that keeps what it gets. */
export async function startMailCatcher(options: MailCatcherOptions = {}): Promise<MailCatcher> {
  const caught: CaughtMail[] = []
  const changed = changeSignal()
  let mood: CatcherMood = 'accept'
  let sessions = 0
  let server: SMTPServer | null = null
  let port = options.port ?? 0

  const create = () =>
    new SMTPServer({
      ...serverOptions(options),
      onConnect(_session, done) {
        sessions += 1
        changed.fire()
        done()
      },
      onRcptTo(address, _session, done) {
        const refusal = options.refuse?.(address.address) ?? null
        if (refusal === null) done()
        else done(smtpError(refusal))
      },
      onData(stream, session, done) {
        receive(stream, session).then((mail) => {
          if (mood === 'hang') return
          if (typeof mood === 'object') return done(smtpError(mood))
          caught.push(mail)
          changed.fire()
          if (mood === 'accept') return done()
          cutConnections(server)
        }, done)
      },
    })

  const up = async () => {
    if (server !== null) return
    const next = create()
    // a client that hangs up or speaks bad TLS is part of the tests, not a failure of the catcher
    next.on('error', () => {})
    next.listen(port, '127.0.0.1')
    await once(next.server, 'listening')
    const bound = next.server.address()
    if (bound === null || typeof bound === 'string') throw new Error('the mail catcher has no port')
    port = bound.port
    server = next
  }
  const down = async () => {
    const old = server
    server = null
    if (old === null) return
    cutConnections(old)
    await new Promise<void>((resolve) => old.close(() => resolve()))
  }

  await up()
  if (options.down) await down()
  return {
    host: '127.0.0.1',
    port,
    url: smtpUrl(options, port),
    mails: () => [...caught],
    sessions: () => sessions,
    async waitForMail(fits, deadlineMs = 10_000) {
      return await changed.until(
        () => caught.find(fits),
        deadlineMs,
        () => `no such mail; caught: ${JSON.stringify(caught.map(({ to, subject }) => ({ to, subject })))}`,
      )
    },
    async waitForSessions(count, deadlineMs = 10_000) {
      await changed.until(
        () => (sessions >= count ? true : undefined),
        deadlineMs,
        () => `${sessions} of ${count} SMTP sessions`,
      )
    },
    mood(next) {
      mood = next
    },
    down,
    up,
    close: down,
  }
}

function serverOptions({ tls, auth }: MailCatcherOptions): SMTPServerOptions {
  return {
    name: 'catcher.test',
    secure: tls?.secure ?? false,
    ...(tls ? { key: tls.key, cert: tls.cert } : {}),
    authOptional: auth === undefined,
    allowInsecureAuth: true,
    disabledCommands: [...(tls ? [] : ['STARTTLS']), ...(auth ? [] : ['AUTH'])],
    disableReverseLookup: true,
    closeTimeout: 1000,
    onAuth(given, _session, done) {
      if (auth && given.username === auth.user && given.password === auth.pass) done(null, { user: auth.user })
      else done(smtpError({ code: 535, message: '5.7.8 Authentication credentials invalid' }))
    },
  }
}

async function receive(stream: SMTPServerDataStream, session: SMTPServerSession): Promise<CaughtMail> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk)
  const raw = Buffer.concat(chunks)
  const mail = await simpleParser(raw, { skipTextToHtml: true })
  const { mailFrom, rcptTo } = session.envelope
  return {
    from: mailFrom === false ? '' : mailFrom.address,
    to: rcptTo.map((recipient) => recipient.address),
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html || '',
    messageId: mail.messageId ?? '',
    headers: mail.headers,
    attachments: mail.attachments.map(({ filename, contentType, content }) => ({
      filename: filename ?? '',
      contentType,
      content: Buffer.from(content).toString('utf8'),
    })),
    raw: raw.toString('utf8'),
    secure: session.secure,
  }
}

function smtpError({ code, message }: SmtpRefusal): Error {
  return Object.assign(new Error(message), { responseCode: code })
}

function smtpUrl({ tls, auth }: MailCatcherOptions, port: number): string {
  const login = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.pass)}@` : ''
  return `${tls?.secure ? 'smtps' : 'smtp'}://${login}127.0.0.1:${port}`
}

function cutConnections(server: SMTPServer | null): void {
  const open: unknown = server === null ? undefined : Reflect.get(server, 'connections')
  if (!(open instanceof Set)) return
  for (const connection of open) connection._socket?.destroy()
}

/** Wakes those who wait for a condition each time something changed. */
function changeSignal() {
  const waiting = new Set<() => void>()
  return {
    fire() {
      for (const wake of waiting) wake()
    },
    async until<T>(read: () => T | undefined, deadlineMs: number, describe: () => string): Promise<T> {
      const now = read()
      if (now !== undefined) return now
      const late = new AbortController()
      let look = () => {}
      try {
        return await Promise.race([
          new Promise<T>((resolve) => {
            look = () => {
              const found = read()
              if (found !== undefined) resolve(found)
            }
            waiting.add(look)
          }),
          after(deadlineMs, undefined, { signal: late.signal }).then(() => {
            throw new Error(`after ${deadlineMs} ms: ${describe()}`)
          }),
        ])
      } finally {
        late.abort()
        waiting.delete(look)
      }
    },
  }
}
