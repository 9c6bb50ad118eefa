import pc from 'picocolors'
import type { Cli } from '../../../cli/cli.ts'

/** A terminal without colours that keeps what is said; it is noon on 21 November 2026. */
export function fakeCli(change: Partial<Cli> = {}): { cli: Cli; said(): string; complained(): string; code(): number } {
  const out: string[] = []
  const err: string[] = []
  let code = -1
  const cli: Cli = {
    print: (text) => out.push(text),
    complain: (text) => err.push(text),
    colors: pc.createColors(false),
    errorColors: pc.createColors(false),
    columns: null,
    env: {},
    now: () => new Date('2026-11-21T12:00:00.000Z'),
    exit: (given) => {
      code = given
    },
    ...change,
  }
  return { cli, said: () => out.join(''), complained: () => err.join(''), code: () => code }
}
