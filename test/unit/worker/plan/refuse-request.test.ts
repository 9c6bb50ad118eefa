import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigSchema } from '../../../../config/schema.ts'
import type { RequestJob } from '../../../../job/job-file.ts'
import { refuseRequest } from '../../../../worker/plan/refuse-request.ts'

function request(source: RequestJob['source'], kind: 'retry' | 'cancel' = 'retry'): RequestJob {
  return {
    version: 1,
    id: '01K00000000000000000000000',
    receivedAt: '2026-11-21T05:00:00.000Z',
    source,
    forge: null,
    delivery: null,
    headers: {},
    body: null,
    events: [],
    request: { kind, by: 'ada', run: '01K00000000000000000000001' },
  }
}

const configWith = (...requests: string[]) => ConfigSchema.parse({ web: { requests } })
const facts = { ownerUid: 0, workerUid: 0, config: configWith(), actions: [] }

test('a request from the command line of the worker’s own user is obeyed', () => {
  assert.equal(refuseRequest(request('cli'), facts), null)
})

test('a request that only claims to come from the command line is refused', () => {
  assert.match(refuseRequest(request('cli'), { ...facts, ownerUid: 33 }) ?? '', /user 33/)
})

test('the web program may ask only for what web.requests allows', () => {
  assert.match(refuseRequest(request('api'), facts) ?? '', /does not allow retry/)
  assert.equal(refuseRequest(request('api'), { ...facts, config: configWith('retry') }), null)
})

test('the web program starts no run that deploys unless it is allowed to', () => {
  const deploying = { ...facts, config: configWith('retry'), actions: ['build', 'deploy'] as const }
  assert.match(refuseRequest(request('api'), { ...deploying, actions: [...deploying.actions] }) ?? '', /deploy/)
  assert.equal(
    refuseRequest(request('api'), { ...facts, config: configWith('retry', 'deploy'), actions: ['deploy'] }),
    null,
  )
})

test('a schedule never comes through the spool', () => {
  assert.match(refuseRequest(request('schedule'), facts) ?? '', /schedules/)
})
