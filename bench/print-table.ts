import type { Distribution } from './distribution.ts'
import type { Report } from './latency.ts'

/** The report for people, on stderr: stdout is for the JSON line. */
export function printTable({ deliveries, single, burst, memory }: Report): void {
  const row = (name: string, { p50, p99, max }: Distribution) =>
    `  ${name.padEnd(44)}${[p50, p99, max].map((ms) => `${ms} ms`.padStart(12)).join('')}`
  const lines = [
    `${deliveries} deliveries, one at a time`.padEnd(46) +
      ['p50', 'p99', 'max'].map((name) => name.padStart(12)).join(''),
    row('POST until the 202 (it is on disk)', single.accepted),
    row('202 until the worker has it (below 0: before)', single.taken),
    row('202 until the first step starts', single.firstStep),
    row('202 until the run has ended', single.ended),
    '',
    `${deliveries} deliveries at once, two runs at a time`,
    row('POST until the 202', burst.accepted),
    row('202 until the first step starts (queued)', burst.firstStep),
    `  all accepted after ${burst.allAcceptedMs} ms, all ended after ${burst.allEndedMs} ms`,
    '',
    'resident memory',
    ...(['webhook', 'worker'] as const).map((program) => {
      const { idle, afterwards } = memory[program]
      return `  ${program.padEnd(10)} idle ${idle.rssMiB} MiB, afterwards ${afterwards.rssMiB} MiB, peak ${afterwards.peakMiB} MiB`
    }),
    '',
  ]
  process.stderr.write(`${lines.join('\n')}\n`)
}
