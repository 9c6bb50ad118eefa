import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ConfigSchema } from '../../../config/schema.ts'
import { resolveSecret } from '../../../config/secret.ts'
import { createCandidates } from '../../../webhook/candidates.ts'

const triggers = [{ on: 'push' as const, steps: [{ script: { run: ['/bin/true'] } }] }]
const config = ConfigSchema.parse({
  repositories: {
    'github.com/acme/shop': { secret: [{ env: 'OLD' }, { env: 'NEW' }], triggers },
    'github.com/acme/docs': { secret: { env: 'DOCS' }, triggers },
  },
})

function candidatesWith(env: Record<string, string | undefined>) {
  const lines: string[] = []
  const say = (facts: object, message: string) => void lines.push(`${message} ${JSON.stringify(facts)}`)
  const log = { info: say, warn: say, error: say }
  return { lines, candidates: createCandidates({ resolve: (ref) => resolveSecret(ref, env), log }) }
}

describe('the candidates for a signature', () => {
  it('are all secrets of all repositories as they are now', () => {
    const env: Record<string, string> = { OLD: 'a', NEW: 'b', DOCS: 'c' }
    const { candidates } = candidatesWith(env)
    assert.deepEqual(candidates.of(config), [
      { key: 'github.com/acme/shop', secrets: ['a', 'b'] },
      { key: 'github.com/acme/docs', secrets: ['c'] },
    ])
    env.DOCS = 'changed'
    assert.deepEqual(candidates.of(config)[1]?.secrets, ['changed'])
  })

  it('A02 leave out what is missing or blank, and say so once, by its reference alone', () => {
    const env: Record<string, string> = { OLD: 's3cret', DOCS: '  ' }
    const { candidates, lines } = candidatesWith(env)
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(
        candidates.of(config).map(({ secrets }) => secrets),
        [['s3cret'], []],
      )
    }
    assert.equal(lines.length, 2)
    assert.match(lines.join(), /NEW.*DOCS/)
    assert.ok(!lines.join().includes('s3cret'))
    assert.equal(candidates.unresolved().length, 2)
    env.NEW = 'n'
    candidates.of(config)
    assert.match(lines.at(-1) ?? '', /there again/)
  })
})
