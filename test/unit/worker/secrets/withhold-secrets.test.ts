import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { ConfigSchema } from '../../../../config/schema.ts'
import type { Event } from '../../../../job/event.ts'
import type { RunPlan } from '../../../../job/run.ts'
import { withholdSecrets } from '../../../../worker/secrets/withhold-secrets.ts'
import { sampleEvent } from '../../job/sample-job.ts'

const config = ConfigSchema.parse({ repositories: {} })
const person = (login: string | null) => ({ name: 'Ada', email: 'ada@example.com', login })

function withheld(change: Partial<Event>, trusted?: string[], source?: RunPlan['source']): string | null {
  const plan = { event: sampleEvent(change), ...(source && { source }) }
  return withholdSecrets(plan, { trusted }, config)
}

suite('secrets of a run', () => {
  test('go to whoever may push where the trigger has no list of trusted senders', () => {
    assert.equal(withheld({ sender: person('eve') }), null)
  })

  test('go to senders in the list alone, by login or glob, whatever the case', () => {
    assert.equal(withheld({ sender: person('Ada') }, ['ada']), null)
    assert.equal(withheld({ sender: person('acme-bot') }, ['acme-*']), null)
    assert.match(withheld({ sender: person('eve') }, ['ada', 'acme-*']) ?? '', /eve is not/)
    assert.match(withheld({ sender: person('ada-evil') }, ['ada']) ?? '', /not in/)
  })

  test('E02: who the author of the commit says to be changes nothing', () => {
    const author = person('ada')
    const commits = [{ id: 'a'.repeat(40), message: 'm', author }]
    assert.notEqual(withheld({ sender: person('eve'), author, commits }, ['ada']), null)
    assert.notEqual(withheld({ sender: null, author, commits }, ['ada']), null)
    assert.notEqual(withheld({ sender: { name: 'ada', email: 'ada', login: null }, author }, ['ada']), null)
  })

  test('E02: a Bitbucket nickname, which anybody may take, is nobody; the account id is', () => {
    const event = sampleEvent()
    const repository = { ...event.repository, host: 'bitbucket.org' }
    const change = { repository, sender: person('ada'), senderId: '557058:c0b7-4018' }
    assert.notEqual(withheld(change, ['ada']), null)
    assert.equal(withheld(change, ['557058:c0b7-4018']), null)
  })

  test('E01: a pull request from a fork gets none, whoever opened it, also when asked for by hand', () => {
    const pullRequest = { number: 1, title: 't', base: 'main', head: 'x', fork: true }
    for (const source of [undefined, 'cli'] as const)
      assert.match(
        withheld({ type: 'pull_request', pullRequest, sender: person('ada') }, ['ada'], source) ?? '',
        /fork/,
      )
    assert.match(withheld({ type: 'pull_request', pullRequest, sender: person('ada') }) ?? '', /fork/)
    assert.equal(
      withheld({ type: 'pull_request', pullRequest: { ...pullRequest, fork: false }, sender: person('ada') }, ['ada']),
      null,
    )
    assert.notEqual(withheld({ type: 'pull_request', pullRequest: null }), null)
  })

  test("go to what the operator asks for on the worker's host, and to people on the web by their login", () => {
    const by = (login: string) => ({ type: 'manual', sender: person(login) }) as const
    assert.equal(withheld(by('root@host'), ['ada'], 'cli'), null)
    assert.equal(withheld({ type: 'schedule', sender: null }, ['ada'], 'schedule'), null)
    assert.equal(withheld(by('ada'), ['ada'], 'api'), null)
    assert.notEqual(withheld(by('eve'), ['ada'], 'api'), null)
  })
})
