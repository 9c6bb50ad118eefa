import type { RunState } from '../../job/run.ts'
import type { Colors } from '../cli.ts'

type Formatter = (text: string) => string

/** The colour of a state: the same one everywhere. */
export function stateColor(colors: Colors, state: RunState): Formatter {
  const painters: { [S in RunState]: Formatter } = {
    queued: colors.cyan,
    running: colors.blue,
    succeeded: colors.green,
    failed: colors.red,
    canceled: colors.yellow,
    skipped: colors.dim,
  }
  return painters[state]
}
