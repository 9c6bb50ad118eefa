import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Diagnostic } from '../../../config/diagnostic.ts'
import { formatDiagnostics } from '../../../config/diagnostic.ts'
import { ConfigSnapshotUnreadable, parseConfig, restoreConfig } from '../../../config/load.ts'

const GOOD = `
repositories:
  github.com/acme/shop:
    secret: { env: S }
    triggers:
      - on: push
        steps:
          - build: { image: acme/shop }
          - test: { command: ./runtests.sh }
`

function diagnosticsOf(text: string): Diagnostic[] {
  const result = parseConfig(text, 'config.yaml')
  return result.kind === 'ok' ? result.warnings : result.diagnostics
}

/** `CODE line:column` of every diagnostic. */
function places(text: string): string[] {
  return diagnosticsOf(text).map(({ code, line, column }) => `${code} ${line}:${column}`)
}

/** A whole config around the steps of one trigger; the first begins at line 6, column 29. */
function steps(list: string, more = ''): string {
  return `${more}\nrepositories:\n  github.com/acme/shop:\n    secret: { env: S }\n    triggers:\n      - { on: push, steps: [${list}] }\n`
}

describe('a diagnostic looks like a compiler’s', () => {
  test('with file, line, column, path, the code, carets under the very token, why and a fix', () => {
    const text = formatDiagnostics(diagnosticsOf(GOOD.replace('command', 'comand')), { color: false })
    assert.equal(
      text,
      `config.yaml:9:21  error  UNKNOWN_KEY  repositories › github.com/acme/shop › triggers[0] › steps[1] › test
  9 |           - test: { comand: ./runtests.sh }
    |                     ^^^^^^ did you mean "command"?   known: command, image, env, secrets, user, memory, cpus, pids, network, workdir, checkout, checkoutPath
  why: the test would have no command.   fix: rename the key.
`,
    )
  })

  test('with colours only where they are wanted', () => {
    const list = diagnosticsOf('nonsense: 1')
    assert.ok(formatDiagnostics(list, { color: true }).includes('\u001b['))
    assert.ok(!formatDiagnostics(list, { color: false }).includes('\u001b['))
  })

  test('and passes nothing on that could steer a terminal', () => {
    const text = formatDiagnostics(diagnosticsOf('"a\\e[2J\\u202eb": 1\nc: "\u001b[2J"'), { color: false })
    assert.ok(!text.includes('\u001b') && !text.includes('\u202e'), JSON.stringify(text))
  })

  test('cuts long lines around the token', () => {
    const [diagnostic] = diagnosticsOf(
      `server: { url: "https://x/${'y'.repeat(500)}", nonsense: 1 }${' '.repeat(500)}# z`,
    )
    const lines = formatDiagnostics(diagnostic ? [diagnostic] : [], { color: false }).split('\n')
    assert.ok((lines[1] ?? '').length < 170)
  })
})

describe('a good config', () => {
  test('is accepted without a word', () => {
    const result = parseConfig(GOOD, 'config.yaml')
    assert.ok(result.kind === 'ok')
    assert.deepEqual(result.warnings, [])
    assert.match(result.digest, /^[0-9a-f]{64}$/)
  })

  test('comes back from its snapshot as it was', () => {
    const result = parseConfig(GOOD, 'config.yaml')
    assert.ok(result.kind === 'ok')
    assert.deepEqual(restoreConfig(result.json), result.config)
  })

  test('has the same digest in another order and with other comments', () => {
    const digest = (text: string) => {
      const result = parseConfig(text, 'config.yaml')
      return result.kind === 'ok' ? result.digest : result.diagnostics
    }
    assert.equal(
      digest(`web: {}\nworker: { concurrency: 2, timeout: 1h }\n`),
      digest('# x\nworker: { timeout: 1h, concurrency: 2 }\nweb: {}\n'),
    )
    assert.notEqual(digest('worker: { concurrency: 2 }'), digest('worker: { concurrency: 3 }'))
  })

  test('may repeat itself by anchors and merge keys', () => {
    const text = `
repositories:
  github.com/acme/a:
    secret: { env: S }
    triggers: &triggers
      - &trigger { on: push, steps: [{ script: { run: [/bin/true] } }] }
  github.com/acme/b: { secret: { env: S }, triggers: *triggers }
  github.com/acme/c: { secret: { env: S }, triggers: [{ <<: *trigger, on: tag }] }
`
    const result = parseConfig(text, 'config.yaml')
    assert.ok(result.kind === 'ok', JSON.stringify(result))
    assert.equal(result.config.repositories['github.com/acme/b']?.triggers[0]?.on, 'push')
    assert.equal(result.config.repositories['github.com/acme/c']?.triggers[0]?.on, 'tag')
  })

  test('finds forges in small letters, whatever the operator wrote', () => {
    const result = parseConfig('forges: { Git.Corp: { kind: gitea } }', 'config.yaml')
    assert.ok(result.kind === 'ok')
    assert.deepEqual(Object.keys(result.config.forges), ['git.corp'])
  })

  test('holds nothing under the name of a property of every object', () => {
    const result = parseConfig(GOOD, 'config.yaml')
    assert.ok(result.kind === 'ok')
    assert.equal(result.config.registries.constructor, undefined)
    assert.equal(result.config.forges.toString, undefined)
  })

  test('whose snapshot this version no longer understands is a typed error', () => {
    for (const json of ['', '[]', '{"worker":{"concurrency":"x"}}'])
      assert.throws(() => restoreConfig(json), ConfigSnapshotUnreadable)
  })
})

describe('all problems are told at once, each at its place', () => {
  test('in the order of the text', () => {
    const text = `worker: { concurrency: 0, timeout: 90 }
registries: { main: { address: "https://r" } }
server: { trustedProxies: [localhost], trustedProxies: [] }
repositories:
  github.com/acme/shop:
    secret: { env: S }
    triggers:
      - on: pusch
        branches: ["[x"]
        steps: [{ push: { registry: mian, tags: ["{{ brnch }}"] } }]
`
    assert.deepEqual(places(text), [
      'OUT_OF_RANGE 1:24',
      'BAD_DURATION 1:36',
      'BAD_VALUE 2:32',
      'BAD_NETWORK 3:28',
      'DUPLICATE_KEY 3:40',
      'UNKNOWN_VALUE 8:13',
      'BAD_GLOB 9:20',
      'PUSH_WITHOUT_BUILD 10:19',
      'UNKNOWN_REGISTRY 10:37',
      'BAD_TEMPLATE 10:50',
    ])
  })

  const CASES: [what: string, text: string, expected: string[]][] = [
    ['an empty file', '', ['EMPTY_FILE 1:1']],
    ['a file of comments', '# nothing\n', ['EMPTY_FILE 1:1']],
    ['a list in place of the config', '- a', ['WRONG_TYPE 1:3']],
    ['a second document', 'web: {}\n---\nweb: {}\n', ['YAML_MULTIPLE_DOCUMENTS 2:1']],
    ['a tab as indentation', 'web:\n\trequests: []\n', ['MISSING_VALUE 1:1', 'YAML_SYNTAX 2:1']],
    ['an unclosed quote', 'server: { url: "http://x }\n', ['YAML_SYNTAX 1:16']],
    ['a key twice, at the second', 'web: {}\nworker: {}\nweb: {}\n', ['DUPLICATE_KEY 3:1']],
    ['__proto__ as a key', '__proto__: { a: 1 }\nweb: {}', ['RESERVED_KEY 1:1']],
    ['an unquoted template', steps('{ build: { image: {{ branch }} } }'), ['YAML_KEY 6:47']],
    [
      'an unquoted !glob',
      'repositories: { github.com/a/b: { secret: { env: S }, triggers: [{ on: push, paths: [!docs/**], steps: [{ script: { run: [x] } }] }] } }',
      ['YAML_TAG 1:86'],
    ],
    [
      'an unquoted *glob',
      'mail: { smtp: { url: { env: A } }, from: a@b, allow: [*@example.com] }',
      ['YAML_ALIAS 1:55'],
    ],
    [
      'a missing key, at its parent',
      'repositories:\n  github.com/acme/shop: { triggers: [{ on: push, steps: [{ script: { run: [x] } }] }] }',
      ['MISSING_KEY 2:3'],
    ],
    ['a section without a value', 'mail:\nweb: {}', ['MISSING_VALUE 1:1']],
    ['a number where text is wanted', steps('{ build: { image: x, args: { A: 1.10 } } }'), ['WRONG_TYPE 6:61']],
    ['a size without a unit', steps('{ build: { image: x, memory: 512 } }'), ['BAD_SIZE 6:58']],
    [
      'two actions in a step, at the second',
      steps('{ build: { image: x }, test: { command: x } }'),
      ['ONE_ACTION 6:52'],
    ],
    ['no action in a step', steps('{ name: x }'), ['ONE_ACTION 6:31']],
    [
      'a mistyped action, once',
      steps('{ biuld: { image: x } }, { push: { registry: r, tags: [x] } }', 'registries: { r: { address: r } }'),
      ['UNKNOWN_KEY 6:31'],
    ],
    [
      'a push before any build',
      steps('{ push: { registry: r, tags: [x] } }, { build: { image: x } }', 'registries: { r: { address: r } }'),
      ['PUSH_WITHOUT_BUILD 6:31'],
    ],
    ['a test without an image', steps('{ test: { command: x } }'), ['TEST_WITHOUT_IMAGE 6:31']],
    ['a test of a named image', steps('{ test: { command: x, image: node:24 } }'), []],
    [
      'a push of an image that nobody built',
      steps(
        '{ build: { image: a/shop } }, { push: { registry: r, tags: [x], image: a/shpo } }',
        'registries: { r: { address: r } }',
      ),
      ['UNKNOWN_IMAGE 6:100'],
    ],
    ['a template in a command', steps('{ script: { run: [/x, "{{ branch }}"] } }'), ['TEMPLATE_NOT_ALLOWED 6:51']],
    [
      'a template in a path',
      steps('{ build: { image: x, dockerfile: "{{ branch }}" } }'),
      ['TEMPLATE_NOT_ALLOWED 6:62'],
    ],
    [
      'a template without a value for its event',
      steps('{ build: { image: "x:{{ tag }}" } }'),
      ['NO_TEMPLATE_VALUE 6:47'],
    ],
    ['a secret that is not named', steps('{ script: { run: [x], secrets: [NPM_TOKEN] } }'), ['UNKNOWN_SECRET 6:61']],
    [
      'an unknown host',
      'repositories: { git.corp/a/b: { secret: { env: S }, triggers: [{ on: push, steps: [{ script: { run: [x] } }] }] } }',
      ['UNKNOWN_FORGE 1:17'],
    ],
    [
      'an address for a key',
      'repositories: { "https://github.com/a/b.git": { secret: { env: S }, triggers: [{ on: push, steps: [{ script: { run: [x] } }] }] } }',
      ['BAD_REPOSITORY_KEY 1:17'],
    ],
    ['a host key with a scheme', 'forges: { "https://git.corp": { kind: gitea } }', ['BAD_HOST 1:11']],
    ['half a login', 'registries: { r: { address: r, username: x } }', ['INCOMPLETE_LOGIN 1:15']],
    ['a password in an address', 'server: { url: "https://user:pw@host" }', ['LITERAL_SECRET 1:16']],
    [
      'a git transport that runs commands',
      'repositories: { github.com/a/b: { clone: "ext::sh -c id", secret: { env: S }, triggers: [{ on: push, steps: [{ script: { run: [x] } }] }] } }',
      ['BAD_URL 1:42'],
    ],
  ]
  for (const [what, text, expected] of CASES) {
    test(what, () => assert.deepEqual(places(text), expected))
  }

  test('conditions without a use are warnings, and the config is accepted', () => {
    const result = parseConfig(GOOD.replace('on: push', 'on: push\n        tags: [v1]'), 'config.yaml')
    assert.ok(result.kind === 'ok')
    assert.deepEqual(
      result.warnings.map(({ code, severity }) => [code, severity]),
      [['USELESS_CONDITION', 'warning']],
    )
  })

  test('two keys for the same repository, also in other letters', () => {
    const entry = '{ secret: { env: S }, triggers: [{ on: push, steps: [{ script: { run: [x] } }] }] }'
    assert.deepEqual(places(`repositories:\n  github.com/a/b: ${entry}\n  GitHub.com/A/B: ${entry}\n`), [
      'DUPLICATE_REPOSITORY 3:3',
    ])
  })

  test('a trigger that mails needs a mail section, and pusher needs mail.allow', () => {
    const mailing = GOOD.replace('on: push', 'on: push\n        mail: { to: [pusher] }')
    assert.deepEqual(places(mailing), ['MAIL_NOT_CONFIGURED 7:9'])
    assert.deepEqual(places(`mail: { smtp: { url: { env: U } }, from: "Letterbox <a@b.c>" }${mailing}`), [
      'PUSHER_NOT_ALLOWED 7:22',
    ])
  })
})

describe('YAML that would take all memory is refused', () => {
  test('aliases that multiply', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x,x]',
      ...'bcdefghi'.split('').map((name, index) => {
        const before = 'abcdefghi'[index]
        return `${name}: &${name} [${Array(10).fill(`*${before}`).join(',')}]`
      }),
    ].join('\n')
    const startedAt = performance.now()
    assert.ok(places(bomb).some((place) => place.startsWith('YAML_TOO_MUCH')))
    assert.ok(performance.now() - startedAt < 3000)
  })

  test('an alias inside its own anchor', () => {
    assert.ok(places('web: &a { requests: [*a] }').some((place) => place.startsWith('YAML_ALIAS')))
  })

  test('nesting without end', () => {
    assert.ok(places('['.repeat(20_000)).some((place) => /YAML_/.test(place)))
    assert.ok(places(`a: ${'['.repeat(60)}${']'.repeat(60)}`).some((place) => place.startsWith('YAML_TOO_MUCH')))
  })
})
