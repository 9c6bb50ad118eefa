/** A mark further into the message than this (characters) is not looked for. */
const MAX_LOOKED_AT = 64 * 1024

/** The mark in a commit message that asks for no run, as it was written; null when there is none. */
export function skipsCi(message: string | null): string | null {
  return /\[(?:skip ci|ci skip|no ci)\]/i.exec((message ?? '').slice(0, MAX_LOOKED_AT))?.[0] ?? null
}
