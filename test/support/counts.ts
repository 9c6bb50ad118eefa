const NAMES = ['tests', 'suites', 'passed', 'failed', 'cancelled', 'skipped', 'todo', 'duration_ms'] as const

/** What a run of node's test runner says at its end. */
export type Counts = Record<(typeof NAMES)[number], number>

export const NO_COUNTS: Counts = {
  tests: 0,
  suites: 0,
  passed: 0,
  failed: 0,
  cancelled: 0,
  skipped: 0,
  todo: 0,
  duration_ms: 0,
}

export function sumOf(list: Counts[]): Counts {
  const sum = { ...NO_COUNTS }
  for (const counts of list) for (const name of NAMES) sum[name] += counts[name]
  return sum
}

/** In the words and the order of node's own summary. */
export function summaryLines(counts: Counts): string[] {
  return NAMES.map((name) => `ℹ ${NODES_WORD[name]} ${Math.round(counts[name] * 1000) / 1000}`)
}

const NODES_WORD: Record<keyof Counts, string> = {
  tests: 'tests',
  suites: 'suites',
  passed: 'pass',
  failed: 'fail',
  cancelled: 'cancelled',
  skipped: 'skipped',
  todo: 'todo',
  duration_ms: 'duration_ms',
}
