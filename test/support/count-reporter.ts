import type { TestEvent } from 'node:test/reporters'
import type { Counts } from './counts.ts'

/** Writes the counts of a whole `node --test` as one line of JSON, for test/run.ts. */
export default async function* countReporter(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    if (event.type !== 'test:summary' || event.data.file !== undefined) continue
    const { counts, duration_ms } = event.data
    const { tests, suites, passed, cancelled, skipped, todo } = counts
    const failed = tests - passed - cancelled - skipped - todo
    yield JSON.stringify({ tests, suites, passed, failed, cancelled, skipped, todo, duration_ms } satisfies Counts)
  }
}
