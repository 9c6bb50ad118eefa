import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chooseRecipients } from '../../../../worker/report/recipients.ts'
import { sampleEvent } from './sample-facts.ts'

const person = (email: string | null) => ({ name: 'x', email, login: null })
const pushedBy = (sender: string | null, author: string | null = null) =>
  sampleEvent({ sender: person(sender), author: person(author) })

test('an address in the config is always mailed, also where mail.allow does not match', () => {
  const { recipients, notes } = chooseRecipients(['qa@elsewhere.example'], pushedBy(null), [])
  assert.deepEqual(recipients, [{ address: 'qa@elsewhere.example', because: 'named' }])
  assert.deepEqual(notes, [])
})

test('the pusher is mailed only where mail.allow matches, whatever the case of the domain', () => {
  const event = pushedBy('Grace@EXAMPLE.com')
  assert.deepEqual(chooseRecipients(['pusher'], event, ['*@Example.COM']).recipients, [
    { address: 'Grace@example.com', because: 'pushed' },
  ])
  assert.deepEqual(chooseRecipients(['pusher'], event, ['*@example.org']), {
    recipients: [],
    notes: ['no mail to the pusher at "Grace@EXAMPLE.com": mail.allow does not match it'],
  })
  assert.match(chooseRecipients(['pusher'], event, []).notes[0] ?? '', /mail\.allow names no addresses/)
})

test('mail.allow is anchored: a longer domain is another domain', () => {
  for (const address of ['a@example.com.evil.example', 'a@notexample.com', 'a@sub.example.com']) {
    assert.deepEqual(chooseRecipients(['pusher'], pushedBy(address), ['*@example.com']).recipients, [], address)
  }
})

test('the author is mailed where the pusher has no usable address', () => {
  const event = pushedBy('grace@users.noreply.github.com', 'ada@example.com')
  assert.deepEqual(chooseRecipients(['pusher'], event, ['*@*.github.com', '*@example.com']), {
    recipients: [{ address: 'ada@example.com', because: 'pushed' }],
    notes: ['no mail to the pusher at "grace@users.noreply.github.com": it is a no-reply address of the forge'],
  })
})

test('nobody is mailed twice', () => {
  const to = ['pusher', 'GRACE@example.com', 'pusher', 'grace@example.com']
  assert.equal(chooseRecipients(to, pushedBy('grace@example.com'), ['*@example.com']).recipients.length, 1)
})

test('one bad address does not hide the others', () => {
  const { recipients, notes } = chooseRecipients(['QA <qa@example.com>', 'ok@example.com'], pushedBy(null), [])
  assert.deepEqual(
    recipients.map(({ address }) => address),
    ['ok@example.com'],
  )
  assert.match(notes[0] ?? '', /^no mail to "QA <qa@example\.com>": .* no plain address/)
})

test('an address of a delivery that is more than an address is refused as data', () => {
  for (const hostile of [
    'a@example.com\r\nBcc: evil@example.com',
    'a@example.com,evil@example.com',
    'a@example.com>, <evil@example.com',
    'evil@evil.example@example.com',
    '"a b"@example.com',
    'Ada <ada@example.com>',
    'ädä@example.com',
    'ada@exämple.com',
    ' ',
    '',
    '@example.com',
    'ada@',
    'a..b@example.com',
    'ada@-example.com',
    `${'a'.repeat(65)}@example.com`,
    'ada@example.com\0',
  ]) {
    const { recipients, notes } = chooseRecipients(['pusher'], pushedBy(hostile), ['**'])
    assert.deepEqual(recipients, [], hostile)
    assert.equal(notes.length, 1)
    assert.doesNotMatch(notes[0] ?? '', /[\r\n\0]/)
  }
})

test('an event without addresses says so', () => {
  const { notes } = chooseRecipients(['pusher'], sampleEvent({ sender: null, author: null }), ['**'])
  assert.deepEqual(notes, ['no mail to the pusher: the event names no address'])
})
