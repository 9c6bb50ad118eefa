import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { every } from '../../../worker/every.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Both clocks and all timers in our hands. Timers follow the monotonic clock, as the kernel's do; `jump` sets the
 *  wall clock alone. */
function clock(context: TestContext) {
  context.mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  let wall = Date.UTC(2026, 10, 21, 5, 0, 30)
  let passed = 0
  let fired = 0
  const RealDate = globalThis.Date
  globalThis.Date = class extends RealDate {
    constructor(...given: [] | [number | string | Date]) {
      super(given[0] ?? wall)
    }
    static override now = () => wall
  } as DateConstructor
  const running = every('* * * * *', () => void fired++, { wallClock: () => wall, monotonic: () => passed })
  context.after(() => {
    running.stop()
    globalThis.Date = RealDate
  })
  return {
    fired: () => fired,
    async pass(ms: number) {
      for (let left = ms; left > 0; left -= 1000) {
        passed += 1000
        wall += 1000
        context.mock.timers.tick(1000)
        for (let turn = 0; turn < 10; turn++) await Promise.resolve()
      }
    },
    jump(ms: number) {
      wall += ms
    },
  }
}

test('the minute’s work is done once a minute', async (context) => {
  const { pass, fired } = clock(context)
  await pass(5 * MINUTE)
  assert.equal(fired(), 5)
})

test('C15: a clock set back by an hour does not silence it for an hour', async (context) => {
  const { pass, fired, jump } = clock(context)
  await pass(MINUTE)
  const before = fired()
  jump(-HOUR)
  await pass(3 * MINUTE)
  assert.ok(fired() - before >= 2, `fired ${fired() - before} times in three minutes`)
})

test('C15: a clock set forward by an hour fires once, not sixty times', async (context) => {
  const { pass, fired, jump } = clock(context)
  await pass(MINUTE)
  const before = fired()
  jump(HOUR)
  await pass(2 * MINUTE)
  assert.ok(fired() - before <= 3, `fired ${fired() - before} times in two minutes`)
  assert.ok(fired() - before >= 1)
})
