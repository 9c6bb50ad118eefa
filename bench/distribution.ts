export type Distribution = { p50: number; p99: number; max: number }

/** Nearest rank, rounded to tenths. */
export function distribution(values: number[]): Distribution {
  const sorted = values.toSorted((a, b) => a - b)
  const rank = (part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)] ?? Number.NaN
  const tenths = (value: number) => Math.round(value * 10) / 10
  return { p50: tenths(rank(0.5)), p99: tenths(rank(0.99)), max: tenths(rank(1)) }
}
