import type { Person } from '../job/event.ts'
import { cutText } from './cut-text.ts'

type Said = { [Fact in keyof Person]?: string | null | undefined }

const MAX_CHARS = 1000

/** A person as the forge says it; null when it says nothing. */
export function person(said: Said): Person | null {
  const known = { name: fact(said.name), email: fact(said.email), login: fact(said.login) }
  return known.name === null && known.email === null && known.login === null ? null : known
}

/** Git's own `Name <mail>`, split. */
export function authorLine(raw: string): { name: string | null; email: string | null } {
  const open = raw.lastIndexOf('<')
  const close = raw.lastIndexOf('>')
  if (open < 0 || close < open) return { name: raw.trim() || null, email: null }
  return { name: raw.slice(0, open).trim() || null, email: raw.slice(open + 1, close).trim() || null }
}

function fact(value: string | null | undefined): string | null {
  return value ? cutText(value, MAX_CHARS) : null
}
