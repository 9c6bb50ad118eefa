import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { remoteAddress } from '../../../webhook/remote-address.ts'

describe('the address of the one who sent a request', () => {
  const hops = Array.from({ length: 10 }, (_, i) => `192.0.2.${i}`).join(', ')
  const cases: [string, string, string | undefined, string[], string][] = [
    ['is the peer', '203.0.113.9', undefined, [], '203.0.113.9'],
    ['A21 is the peer whatever a stranger forwards', '203.0.113.9', '140.82.112.1', ['127.0.0.1'], '203.0.113.9'],
    ['is what a trusted proxy saw', '127.0.0.1', '203.0.113.9', ['127.0.0.1'], '203.0.113.9'],
    [
      'A21 is the right-most hop that no proxy of ours is',
      '127.0.0.1',
      `${hops}, 203.0.113.9, 10.0.0.7`,
      ['127.0.0.1', '10.0.0.0/8'],
      '203.0.113.9',
    ],
    [
      'A21 is the last proxy when what it forwards is no address',
      '127.0.0.1',
      '203.0.113.9, unknown',
      ['127.0.0.1'],
      '127.0.0.1',
    ],
    ['is the proxy itself without the header', '127.0.0.1', '', ['127.0.0.1'], '127.0.0.1'],
    [
      'is plain IPv4 also on a dual-stack socket',
      '::ffff:127.0.0.1',
      '::ffff:203.0.113.9',
      ['127.0.0.1'],
      '203.0.113.9',
    ],
    ['knows networks of IPv6', 'fd00::7', '2001:db8::1', ['fd00::/8'], '2001:db8::1'],
    [
      'trusts nobody for an entry that is no address',
      '127.0.0.1',
      '203.0.113.9',
      ['localhost', '::/999', ''],
      '127.0.0.1',
    ],
    ['is the left-most hop when all are proxies', '10.0.0.1', '10.0.0.3, 10.0.0.2', ['10.0.0.0/8'], '10.0.0.3'],
  ]
  for (const [what, peer, forwardedFor, trusted, expected] of cases) {
    it(what, () => assert.equal(remoteAddress(peer, forwardedFor, trusted), expected))
  }
})
