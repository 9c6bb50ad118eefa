import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BeanstalkEvent } from '../../../../worker/deploy/aws-port.ts'
import { followEvents } from '../../../../worker/deploy/follow-events.ts'

const event = (second: number, message: string): BeanstalkEvent => ({
  at: new Date(Date.UTC(2026, 10, 21, 5, 0, second)),
  severity: 'INFO',
  message,
})

/** An environment with these events, and what is said of them. */
function environment(...events: BeanstalkEvent[]) {
  const said: string[] = []
  const beanstalk = {
    newestEvent: async () => events.at(-1) ?? null,
    events: async (_app: string, _env: string, since: Date | null) =>
      events.filter(({ at }) => since === null || at >= since),
  }
  const follow = (earlier: string[] = []) =>
    followEvents({
      beanstalk,
      application: 'crm',
      environment: 'crm-prod',
      say: (line) => void said.push(line),
      earlier,
      begunAt: null,
    })
  return { events, said, follow }
}

test('what happened before is not told, what comes is told once, also twice the same in one moment', async () => {
  const { events, said, follow } = environment(event(1, 'old'), event(1, 'old'))
  const follower = await follow()
  assert.equal(await follower.tell(), false)
  events.push(event(1, 'old'), event(2, 'new'), event(2, 'new'))
  assert.equal(await follower.tell(), true)
  assert.equal(await follower.tell(), false)
  assert.deepEqual(
    said.map((line) => line.slice(-3)),
    ['old', 'new', 'new'],
  )
})

test('an environment without events tells all that come', async () => {
  const { events, said, follow } = environment()
  const follower = await follow()
  events.push(event(1, 'first'))
  await follower.tell()
  assert.deepEqual(said, ['2026-11-21T05:00:01.000Z INFO  first'])
})

test('after a restart it goes on behind the last that was told', async () => {
  const { events, said, follow } = environment(event(1, 'told'))
  events.push(event(2, 'told too'), event(3, 'missed'))
  const follower = await follow(['uploaded 3 bytes', '2026-11-21T05:00:02.000Z INFO  told too'])
  await follower.tell()
  assert.deepEqual(said, ['2026-11-21T05:00:03.000Z INFO  missed'])
})

test('a message of many lines stays one line of the log', async () => {
  const { events, said, follow } = environment()
  const follower = await follow()
  events.push(event(1, 'Stack failed:\n  no\tspace\n'))
  await follower.tell()
  assert.match(said[0] ?? '', /INFO {2}Stack failed: no space$/)
})
