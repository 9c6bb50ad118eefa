import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import octokit from '@octokit/webhooks-examples' with { type: 'json' }
import { z } from 'zod'
import { type Fixture, fixture } from '../../fixtures/deliveries/fixtures.ts'
import { readingOf } from './read.ts'

const Examples = z.array(z.object({ name: z.string(), examples: z.array(z.record(z.string(), z.unknown())) }))

const examples = Examples.parse(octokit)
const like = fixture('github', 'push-update')

/* Octokit's collection of GitHub's own payloads: every event there is, as GitHub sends it. */
describe("GitHub's own examples", () => {
  for (const { name, examples: payloads } of examples) {
    const verdict = name === 'push' ? 'events' : 'ignored'
    it(`of ${name} are ${verdict === 'events' ? 'read' : verdict}`, () => {
      for (const payload of payloads) {
        const body = Buffer.from(JSON.stringify(payload))
        const delivery: Fixture = { ...like, headers: { ...like.headers, 'x-github-event': name }, body }
        assert.equal(readingOf(delivery).kind, verdict)
      }
    })
  }
})
