import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { codes } from '../../../config/diagnose/codes.ts'
import { formatDiagnostics } from '../../../config/diagnostic.ts'
import { parseConfig } from '../../../config/load.ts'
import { fuzzRuns } from '../../support/fuzz-runs.ts'

/** Whatever comes in, either a config or diagnostics with a place come out. */
function judge(text: string): void {
  const result = parseConfig(text, 'config.yaml')
  const diagnostics = result.kind === 'ok' ? result.warnings : result.diagnostics
  assert.ok(result.kind === 'ok' || diagnostics.length > 0)
  for (const diagnostic of diagnostics) {
    assert.ok(Object.hasOwn(codes, diagnostic.code))
    assert.ok(diagnostic.line >= 1 && diagnostic.column >= 1)
    assert.ok(diagnostic.line <= text.split(/\r\n|\n|\r/).length)
  }
  assert.equal(typeof formatDiagnostics(diagnostics, { color: false }), 'string')
}

const word = fc.constantFrom(
  ...[
    'server',
    'worker',
    'registries',
    'mail',
    'forges',
    'web',
    'repositories',
    'github.com/a/b',
    'secret',
    'triggers',
    'on',
    'push',
  ],
  ...[
    'steps',
    'build',
    'test',
    'image',
    'env',
    'file',
    '__proto__',
    'constructor',
    'toString',
    '<<',
    'to',
    'allow',
    'tags',
    'paths',
    'x',
  ],
)
const scalar = fc.oneof(
  word,
  fc.string(),
  fc.constantFrom('{{ x', '[a', '90', '1h', 'null', '~', '', '!x', '*a', '&a', '"', '|', '- ', ': ', '\t'),
)

/** JSON is YAML, so any JSON is a config with values in the wrong places. */
const shaped = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 7, withCrossShrink: true },
    fc.oneof(scalar, fc.integer(), fc.boolean(), fc.constant(null)),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(word, tie('value')), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
  ),
})).value

describe('no text makes the config loader throw', () => {
  test('any bytes', () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => judge(new TextDecoder().decode(bytes)))))

  test('words of the config in YAML of any form', () => {
    const line = fc.tuple(
      fc.nat(6),
      fc.constantFrom('', '- ', '? '),
      scalar,
      fc.constantFrom(': ', ':', ' ', ''),
      scalar,
    )
    const text = fc
      .array(line, { maxLength: 12 })
      .map((lines) =>
        lines
          .map(([depth, dash, key, colon, value]) => `${'  '.repeat(depth)}${dash}${key}${colon}${value}`)
          .join('\n'),
      )
    fc.assert(fc.property(text, judge), { numRuns: fuzzRuns(300) })
  })

  test('values of any type in any place', () => {
    fc.assert(
      fc.property(shaped, (value) => judge(JSON.stringify(value))),
      { numRuns: fuzzRuns(300) },
    )
  })

  test('a good config with any piece taken out or put in', () => {
    const good = `mail: { smtp: { url: { env: SMTP } }, from: "L <a@b.c>" }
repositories:
  github.com/acme/shop:
    secret: [{ env: S }]
    triggers:
      - on: push
        branches: [main, "!x/**"]
        steps:
          - build: { image: "acme/{{ branch | slug }}", secrets: { A: { file: /a } } }
          - test: { command: [./x], cpus: 1.5 }
            timeout: 20m
`
    const edit = fc.tuple(fc.nat(good.length), fc.nat(20), scalar)
    fc.assert(
      fc.property(edit, ([at, length, piece]) => judge(good.slice(0, at) + piece + good.slice(at + length))),
      { numRuns: fuzzRuns(300) },
    )
  })
})
