import { z } from 'zod'
import type { StoreWriter } from '../store-port.ts'
import type { Connection } from './connection.ts'
import { MailRow } from './rows.ts'

type Outbox = Pick<StoreWriter, 'outboxDue' | 'outboxNext' | 'mailSent' | 'mailDelayed' | 'mailGivenUp'>

/** At most this many mails are handed out at once; payloads hold log lines. */
const DUE_LIMIT = 100

const DUE = `SELECT outbox.id, runs.id AS run, message_id, attempts, payload
  FROM outbox JOIN runs ON runs.seq = outbox.run
  WHERE outbox.state = 'waiting' AND next_at <= ? ORDER BY next_at, outbox.seq LIMIT ${DUE_LIMIT}`

/** Mails that wait. A sent one keeps its message id but not its text; one given up keeps both, for people to look at. */
export function createOutbox(connection: Connection): Outbox {
  return {
    outboxDue: (now) => connection.all(MailRow, DUE, now),
    outboxNext: () =>
      connection.get(
        z.object({ next: z.string().nullable() }),
        `SELECT min(next_at) AS next FROM outbox WHERE state = 'waiting'`,
      )?.next ?? null,
    mailSent(id, at) {
      const sql = `UPDATE outbox SET state = 'sent', attempts = attempts + 1, sent_at = ?, payload = '', error = NULL
                   WHERE id = ? AND state = 'waiting'`
      connection.change(sql, at, id)
    },
    mailDelayed(id, nextAt, error) {
      const sql = `UPDATE outbox SET attempts = attempts + 1, next_at = ?, error = ? WHERE id = ? AND state = 'waiting'`
      connection.change(sql, nextAt, error, id)
    },
    mailGivenUp(id, error) {
      const sql = `UPDATE outbox SET state = 'given up', attempts = attempts + 1, error = ?
                   WHERE id = ? AND state = 'waiting'`
      connection.change(sql, error, id)
    },
  }
}
