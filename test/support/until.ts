import { setTimeout as pause } from 'node:timers/promises'

type Deadline = {
  /** what is waited for, in plain words: the error message starts with it */
  what: string
  deadlineMs?: number
  /** the last state seen, asked only when the deadline has passed */
  describe?: () => unknown
}

/** Waits until the condition gives something truthy, and gives that back. A condition that throws counts as not yet.
 *  @throws DeadlinePassed with the last state seen */
export async function until<T>(condition: () => T | Promise<T>, deadline: Deadline): Promise<Exclude<T, Falsy>> {
  const limit = deadline.deadlineMs ?? 15_000
  const end = performance.now() + limit
  let last: unknown = null
  for (;;) {
    try {
      const value = await condition()
      if (isTruthy(value)) return value
      last = value
    } catch (error) {
      last = error
    }
    if (performance.now() > end) throw new DeadlinePassed(deadline.what, limit, await lastState(deadline, last))
    await pause(20)
  }
}

type Falsy = false | null | undefined | 0 | ''

export class DeadlinePassed extends Error {
  constructor(what: string, limitMs: number, last: string) {
    super(`waited ${limitMs} ms for ${what}; last seen: ${last}`)
    this.name = 'DeadlinePassed'
  }
}

function isTruthy<T>(value: T): value is Exclude<T, Falsy> {
  return Boolean(value)
}

async function lastState(deadline: Deadline, last: unknown): Promise<string> {
  const state = deadline.describe === undefined ? last : await deadline.describe()
  if (state instanceof Error) return state.stack ?? state.message
  if (last instanceof Error) return `${last.stack ?? last.message}\n${asText(state)}`
  return asText(state)
}

function asText(state: unknown): string {
  return typeof state === 'string' ? state : (JSON.stringify(state, null, 2) ?? String(state))
}
