import type pc from 'picocolors'

export type Colors = ReturnType<typeof pc.createColors>

/** 0 done · 1 a problem was found · 2 wrong usage; `up` gives back what its programs ended with. */
export type ExitCode = number

/** What a command may use of the world. `main.ts` makes it, tests make their own. */
export type Cli = {
  /** writes to stdout, as it is */
  print(text: string): void
  /** writes to stderr, as it is */
  complain(text: string): void
  /** of stdout and of stderr; without colours where they are no terminal or `NO_COLOR` is set */
  colors: Colors
  errorColors: Colors
  /** characters in a line of stdout; null where it is no terminal, then nothing is cut */
  columns: number | null
  env: Record<string, string | undefined>
  now(): Date
  exit(code: ExitCode): void
}

/** Options that every command understands. */
export type CommonOptions = { config: string; data: string; json?: boolean }
