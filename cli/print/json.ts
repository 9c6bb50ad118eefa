import type { Cli } from '../cli.ts'

/** What `--json` prints: one value, readable by people too. */
export function printJson(cli: Cli, value: unknown): void {
  cli.print(`${JSON.stringify(value, null, 2)}\n`)
}
