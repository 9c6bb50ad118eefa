import { errorFacts } from '../../job/letterbox-error.ts'
import type { RunLogLine } from '../../job/run-log-line.ts'
import type { StoreWriter } from '../../job/store-port.ts'
import type { ComposedMail } from './composed-mail.ts'
import { type Ending, sendDue, type Unrecorded } from './send-due.ts'

/** One way to send a mail with the run log attached. `send` resolves once the server has taken the mail. */
export type MailTransport = {
  send(mail: ComposedMail, log: string, signal: AbortSignal): Promise<void>
  close(): void
}

type Say = (facts: object, message: string) => void

export type OutboxDeps = {
  store: Pick<StoreWriter, 'outboxDue' | 'outboxNext' | 'mailSent' | 'mailDelayed' | 'mailGivenUp'>
  /** Called whenever mails are due: the secret is resolved then, and the config may have changed since. */
  open(): MailTransport
  /** the lines of a run's log */
  runLog(run: string): Iterable<RunLogLine> | AsyncIterable<RunLogLine>
  now(): Date
  log: { info: Say; warn: Say; error: Say }
  /** calls back once after so many ms; returns how to call it off. Default: setTimeout */
  schedule?: (callback: () => void, ms: number) => () => void
  /** 0 to 1, for the jitter */
  random?: () => number
}

export type Outbox = {
  /** Sends what is due, now and whenever a mail becomes due. */
  start(): void
  /** A mail may have been added. */
  kick(): void
  /** Sends what is due now, and comes back; mails that had to be delayed stay for later. */
  drain(signal: AbortSignal): Promise<void>
  /** Begins no further mail, and gives the one on its way `graceMs` to arrive. */
  stop(graceMs?: number): Promise<void>
}

/** Waits longer than this end early and look again: timers are 32 bits wide, and clocks jump. */
const LONGEST_WAIT_MS = 3_600_000
const AFTER_TROUBLE_WAIT_MS = 60_000

/** Brings the mails of the store to the SMTP server: one after the other, late rather than never, and whatever happens
 *  here changes no run. A mail leaves the store only after the server has taken it. */
export function createOutbox(deps: OutboxDeps): Outbox {
  const schedule = deps.schedule ?? scheduleTimer
  const enough = new AbortController()
  const end = new AbortController()
  const unrecorded: Unrecorded = new Map()
  let started = false
  let again = false
  let round: Promise<void> | null = null
  let callOff = () => {}

  const work = async (ending: Ending): Promise<void> => {
    const waitMs = await workOff(deps, unrecorded, ending)
    round = null
    if (!started || enough.signal.aborted) return
    callOff = schedule(kick, again ? 0 : waitMs)
    again = false
  }
  /** Never two at once. */
  const runRound = (ending: Ending): Promise<void> => {
    callOff()
    round ??= work(ending)
    return round
  }
  const kick = () => {
    if (!started || enough.signal.aborted) return
    if (round !== null) again = true
    else void runRound({ enough: enough.signal, now: end.signal })
  }

  return {
    start() {
      started = true
      kick()
    },
    kick,
    async drain(signal) {
      await round
      if (enough.signal.aborted) return
      await runRound({ enough: enough.signal, now: AbortSignal.any([signal, end.signal]) })
    },
    async stop(graceMs = 10_000) {
      enough.abort()
      callOff()
      const cancelGrace = scheduleTimer(() => end.abort(), graceMs)
      await round
      cancelGrace()
    },
  }
}

/** Sends what is due, and tells how long to wait. Trouble with the store itself must not become a hot loop. */
async function workOff(deps: OutboxDeps, unrecorded: Unrecorded, ending: Ending): Promise<number> {
  try {
    await sendDue(deps, unrecorded, ending)
    return untilNextMs(deps)
  } catch (error) {
    deps.log.error({ ...errorFacts(error) }, 'the outbox cannot be worked off')
    return AFTER_TROUBLE_WAIT_MS
  }
}

function untilNextMs({ store, now }: OutboxDeps): number {
  const next = store.outboxNext()
  if (next === null) return LONGEST_WAIT_MS
  return Math.min(Math.max(Date.parse(next) - now().getTime(), 0), LONGEST_WAIT_MS)
}

function scheduleTimer(callback: () => void, ms: number): () => void {
  const timer = setTimeout(callback, ms)
  return () => clearTimeout(timer)
}
