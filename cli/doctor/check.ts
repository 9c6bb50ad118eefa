/** One line of the doctor's findings. */
export type Check = { name: string; state: 'ok' | 'warn' | 'fail'; message: string; hint: string | null }

export const ok = (name: string, message: string): Check => ({ name, state: 'ok', message, hint: null })
export const warn = (name: string, message: string, hint: string): Check => ({ name, state: 'warn', message, hint })
export const fail = (name: string, message: string, hint: string): Check => ({ name, state: 'fail', message, hint })

/** What went wrong, in one line, also where several causes hide in one error. */
export function wordsOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(wordsOf).join('; ')
  const text = error instanceof Error ? error.message : String(error)
  return text.trim().replaceAll(/\s*\n\s*/g, ' ')
}
