import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

const ROOT = join(import.meta.dirname, '..', '..')
const PAGE = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8')

test('every test that docs/guarantees.md names is there', () => {
  const named = [...PAGE.matchAll(/^- `(test\/[^`]+\.test\.ts)`: (.+)$/gm)]
  assert.ok(named.length > 25, `${named.length} tests are named`)
  for (const [, file = '', title = ''] of named) {
    const source = readFileSync(join(ROOT, file), 'utf8')
    assert.ok(source.includes(title), `${file} has no test "${title}"`)
  }
})

test('each of the seven promises names a test', () => {
  const sections = PAGE.split(/^### /m).slice(1)
  assert.deepEqual(
    sections.map((section) => section.slice(0, 2)),
    ['1.', '2.', '3.', '4.', '5.', '6.', '7.'],
  )
  for (const section of sections) assert.match(section, /^- `test\//m, section.slice(0, 40))
})
