import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatDiagnostics } from '../../../config/diagnostic.ts'
import { parseConfig } from '../../../config/load.ts'

const SECRET = 'hunter2-Tr0ub4dor'
const repository = (secret: string, more = '') =>
  `repositories:\n  github.com/acme/shop:\n    secret: ${secret}\n    triggers: [{ on: push, steps: [{ script: { run: [x]${more} } }] }]\n`

/** Ways in which people write a secret where a reference belongs, with the code that tells them. */
const CASES: [what: string, text: string, code: string][] = [
  ['as text', repository(SECRET), 'LITERAL_SECRET'],
  ['in quotes', repository(`"${SECRET}"`), 'LITERAL_SECRET'],
  ['as a block', repository(`|\n      ${SECRET}\n      second line`), 'LITERAL_SECRET'],
  ['as the only key of a map', repository(`{ ${SECRET} }`), 'LITERAL_SECRET'],
  ['under another key', repository(`{ value: ${SECRET} }`), 'LITERAL_SECRET'],
  ['as the name of a variable', repository(`{ env: ${SECRET} }`), 'LITERAL_SECRET'],
  ['in a list', repository(`[{ env: A }, ${SECRET}]`), 'LITERAL_SECRET'],
  [
    'beside another mistake in the line',
    `registries: { r: { adress: x, username: u, password: ${SECRET} } }`,
    'UNKNOWN_KEY',
  ],
  [
    'behind an alias',
    `registries: { r: { address: x, username: u, password: &p ${SECRET} } }\n${repository('*p')}`,
    'LITERAL_SECRET',
  ],
  [
    'as a list where one is wanted',
    `registries: { r: { address: x, username: u, password: [${SECRET}] } }`,
    'WRONG_TYPE',
  ],
  ['in place of the names of secrets', repository('{ env: S }', `, secrets: ${SECRET}`), 'WRONG_TYPE'],
  ['among the names of secrets', repository('{ env: S }', `, secrets: [${SECRET}]`), 'UNKNOWN_SECRET'],
  ['in a map of secrets', repository('{ env: S }', `, secrets: { A: ${SECRET} }`), 'LITERAL_SECRET'],
  [
    'in the address of the mail server',
    `mail: { smtp: { url: "smtp://u:${SECRET}@h" }, from: a@b.c }`,
    'LITERAL_SECRET',
  ],
  ['in another address', `server: { url: "https://u:${SECRET}@h" }`, 'LITERAL_SECRET'],
  [
    'in an address to clone from',
    repository('{ env: S }').replace('    triggers', `    clone: https://u:${SECRET}@h/x\n    triggers`),
    'LITERAL_SECRET',
  ],
  ['in a line that is no YAML', `registries: { r: { password: ${SECRET}, address: "x }`, 'YAML_SYNTAX'],
  ['in a line with a second colon', `repositories:\n  x:\n    secret: ${SECRET}: x: y`, 'YAML_SYNTAX'],
  ['below a wrong key', `registry: { password: ${SECRET} }`, 'UNKNOWN_KEY'],
  ['below a key that is no section', `tokens: ${SECRET}`, 'UNKNOWN_KEY'],
  ['with a ! before it, which YAML takes for a tag', repository(`!${SECRET}`), 'YAML_TAG'],
  ['with a * before it, which YAML takes for an alias', repository(`*${SECRET}`), 'YAML_ALIAS'],
  ['with a & before it, which YAML takes for an anchor', repository(`&${SECRET}`), 'EMPTY_SECRET'],
  ['as the whole file', `${SECRET}\n`, 'WRONG_TYPE'],
  ['in a comment', `nonsense: 1 # was ${SECRET}`, 'UNKNOWN_KEY'],
]

describe('a secret in the config is refused and never shown', () => {
  for (const [what, text, code] of CASES) {
    test(what, () => {
      const result = parseConfig(text, 'config.yaml')
      assert.ok(result.kind === 'refused')
      assert.ok(
        result.diagnostics.some((diagnostic) => diagnostic.code === code),
        JSON.stringify(result.diagnostics.map((one) => one.code)),
      )
      const shown = formatDiagnostics(result.diagnostics, { color: false }) + JSON.stringify(result.diagnostics)
      assert.ok(!shown.includes(SECRET), shown)
    })
  }

  test('whatever else is wrong in the file', () => {
    const text = `mail: { smtp: { url: { env: SMTP } }, from: "L <a@b.c>" }
registries:
  main: { address: r, username: u, password: ${SECRET} }
  other:
    password: "${SECRET}"
repositories:
  github.com/acme/shop:
    secret: [{ env: S }, ${SECRET}]
    secrets:
      A: ${SECRET}
    triggers:
      - on: push
        steps: [{ build: { image: "acme/{{ branch | slug }}", secrets: { A: { file: /a }, B: ${SECRET} } } }]
`
    const piece = fc.constantFrom(
      '',
      ' ',
      '{',
      '}',
      '[',
      ']',
      '"',
      "'",
      ':',
      '- ',
      '\n',
      '  ',
      'x',
      ',',
      '#',
      '&a ',
      '*a',
      '!t ',
    )
    fc.assert(
      fc.property(fc.nat(text.length), fc.nat(6), piece, (at, length, put) => {
        const result = parseConfig(text.slice(0, at) + put + text.slice(at + length), 'config.yaml')
        assert.ok(!JSON.stringify(result).includes(SECRET) || result.kind === 'ok')
      }),
      { numRuns: 500 },
    )
  })

  for (const [what, text] of [
    ['without a value', repository('')],
    ['that is empty text', repository('""')],
    ['that is an empty map', repository('{}')],
    ['that names an empty variable', repository('{ env: "" }')],
    ['that names an empty file', repository('{ file: " " }')],
    ['that is an empty list', repository('[]')],
  ] as const) {
    test(`and so is a reference ${what}`, () => {
      const result = parseConfig(text, 'config.yaml')
      assert.ok(result.kind === 'refused')
      assert.deepEqual(
        result.diagnostics.map((one) => one.code),
        ['EMPTY_SECRET'],
      )
    })
  }
})
