import { z } from 'zod'
import { refuse } from './scalars.ts'

const ADDRESS = /^[^\s@<>(),;:\\"[\]]+@[^\s@<>(),;:\\"[\]]+$/
const NAMED = /^[^<>\r\n]*<([^<>]+)>$/

/** An address, or the word `pusher`. */
export const recipient = z
  .string()
  .min(1)
  .max(320)
  .check(refuse('BAD_ADDRESS', (value) => (value === 'pusher' || ADDRESS.test(value) ? null : NOT_A_RECIPIENT)))
  .meta({ title: 'mail address' })

/** `ci@example.com` or `Letterbox <ci@example.com>` */
export const sender = z
  .string()
  .min(1)
  .max(320)
  .check(refuse('BAD_ADDRESS', (value) => (ADDRESS.test(addressOf(value)) ? null : NOT_AN_ADDRESS)))
  .meta({ title: 'mail address' })

const NOT_AN_ADDRESS = 'not a mail address'
const NOT_A_RECIPIENT = 'neither a mail address nor the word pusher'

function addressOf(value: string): string {
  return NAMED.exec(value)?.[1]?.trim() ?? value
}
