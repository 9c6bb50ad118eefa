import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseConfig } from '../../../config/load.ts'
import { findRepository, matchTriggers, startsOf, triggerNames } from '../../../config/match.ts'
import type { Config } from '../../../config/schema.ts'
import type { Event } from '../../../job/event.ts'
import { anEvent } from './sample-event.ts'

const step = '{ script: { run: [/bin/true] } }'

function configOf(text: string): Config {
  const result = parseConfig(text, 'config.yaml')
  assert.equal(result.kind, 'ok', JSON.stringify(result))
  assert.ok(result.kind === 'ok')
  return result.config
}

/** A config of github.com/acme/shop with these triggers (without their steps). */
function withTriggers(...triggers: string[]): Config {
  const list = triggers.map((trigger) => `      - { ${trigger}, steps: [${step}] }`).join('\n')
  return configOf(`repositories:\n  github.com/acme/shop:\n    secret: { env: S }\n    triggers:\n${list}\n`)
}

function withKeys(keys: string[], forges = ''): Config {
  const entries = keys.map(
    (key) => `  ${JSON.stringify(key)}: { secret: { env: S }, triggers: [{ on: push, steps: [${step}] }] }`,
  )
  return configOf(`${forges}\nrepositories:\n${entries.join('\n')}\n`)
}

function started(config: Config, facts: Partial<Event>): string[] {
  return startsOf(config, [anEvent(facts)]).starts
}

describe('a repository is found', () => {
  const config = withKeys(
    ['github.com/acme/*', 'github.com/acme/shop', 'github.com/**', 'github.com/acme/shop-*', 'git.corp:3000/Team/App'],
    'forges: { "git.corp:3000": { kind: gitea } }',
  )
  for (const [hostPath, key] of [
    ['github.com/acme/shop', 'github.com/acme/shop'],
    ['github.com/acme/shop-api', 'github.com/acme/shop-*'],
    ['github.com/acme/other', 'github.com/acme/*'],
    ['github.com/other/deep/er', 'github.com/**'],
    ['GitHub.com/Acme/SHOP', 'github.com/acme/shop'],
    ['GIT.corp:3000/Team/App', 'git.corp:3000/Team/App'],
    ['git.corp:3000/team/app', null],
    ['github.com', null],
    ['evilgithub.com/acme/shop', null],
    ['__proto__/constructor', null],
    ['constructor', null],
    ['', null],
  ] as const) {
    test(`${hostPath || 'nothing'} → ${key ?? 'none'}`, () =>
      assert.equal(findRepository(config, hostPath)?.key ?? null, key))
  }

  test('by a glob in other letters than at GitHub it has', () => {
    assert.equal(findRepository(withKeys(['github.com/Acme/*']), 'github.com/acme/x')?.key, 'github.com/Acme/*')
  })

  test('among equally specific globs by the alphabet, in whatever order they stand', () => {
    for (const keys of [
      ['github.com/*/shop', 'github.com/acme/sho*'],
      ['github.com/a*', 'github.com/*a'],
    ]) {
      const found = [keys, keys.toReversed()].map(
        (order) => findRepository(withKeys(order), 'github.com/acme/shop')?.key,
      )
      assert.equal(found[0], found[1])
    }
  })

  test('when it is called like a property of every object', () => {
    assert.equal(
      findRepository(withKeys(['github.com/constructor/toString']), 'github.com/constructor/toString')?.key,
      'github.com/constructor/toString',
    )
  })
})

describe('a trigger starts', () => {
  test('on its branches alone', () => {
    const config = withTriggers('name: a, on: push, branches: ["feature/**"]')
    assert.deepEqual(started(config, { branch: 'feature/x/y' }), ['a'])
    assert.deepEqual(started(config, { branch: 'feature' }), [])
  })

  test('on a push and not on a tag, also when the branch is named like one', () => {
    const config = withTriggers('name: a, on: push', 'name: b, on: tag, tags: ["v*"]')
    assert.deepEqual(started(config, { branch: 'v1' }), ['a'])
    assert.deepEqual(started(config, { type: 'tag', tag: 'v1', branch: null }), ['b'])
  })

  test('when at least one changed file is selected, or none is known', () => {
    const config = withTriggers('name: a, on: push, paths: ["!docs/**"]')
    assert.deepEqual(started(config, { changedFiles: ['docs/a.md'] }), [])
    assert.deepEqual(started(config, { changedFiles: ['docs/a.md', 'src/a.ts'] }), ['a'])
    assert.deepEqual(started(config, { changedFiles: null }), ['a'])
    assert.deepEqual(started(config, { changedFiles: [] }), [])
  })

  test('not when the head commit says [skip ci], except for a tag and for a request of a person', () => {
    const config = withTriggers('name: a, on: push', 'name: b, on: tag')
    for (const mark of ['[skip ci]', '[CI skip]', '[no ci]']) {
      assert.deepEqual(started(config, { message: `x\n\n${mark}` }), [])
      assert.deepEqual(started(config, { message: mark, type: 'manual' }), ['a'])
      assert.deepEqual(started(config, { message: mark, type: 'tag', tag: 'v1', branch: null }), ['b'])
    }
    assert.deepEqual(started(config, { message: `${'x'.repeat(65_536)}[skip ci]` }), ['a'])
  })

  test('by request: a branch starts push and manual, a tag starts tag', () => {
    const config = withTriggers(
      'name: p, on: push',
      'name: m, on: manual',
      'name: t, on: tag',
      'name: mt, on: manual, tags: ["v*"]',
    )
    assert.deepEqual(started(config, { type: 'manual' }), ['p', 'm'])
    assert.deepEqual(started(config, { type: 'manual', branch: null, tag: 'v1' }), ['t', 'mt'])
  })
})

describe('matching explains itself', () => {
  test('with every condition, met or not, and its value', () => {
    const config = withTriggers('on: push, branches: [main], paths: ["src/**"]')
    const repository = config.repositories['github.com/acme/shop']
    assert.ok(repository)
    const event = anEvent({ branch: 'dev', changedFiles: ['README.md'], message: '[skip ci]' })
    assert.deepEqual(matchTriggers(repository, event), [
      {
        index: 0,
        name: 'push main',
        matches: false,
        conditions: [
          { condition: 'event', wanted: 'push', value: 'push', met: true },
          { condition: 'branches', wanted: 'main', value: 'dev', met: false },
          { condition: 'paths', wanted: 'src/**', value: 'README.md', met: false },
          { condition: 'skip-ci', wanted: 'no [skip ci] in the message', value: '[skip ci]', met: false },
        ],
      },
    ])
  })

  test('with a reason when nothing starts', () => {
    const config = withTriggers('on: push, branches: [main]')
    const because = (facts: Partial<Event>) => startsOf(config, [anEvent(facts)]).because
    assert.equal(because({ branch: 'dev' }), 'no trigger of github.com/acme/shop on push matches branch dev')
    assert.equal(because({ type: 'branch_deleted' }), 'no trigger of github.com/acme/shop is on branch_deleted')
    assert.equal(because({ message: '[skip ci]' }), 'the commit message of branch main has [skip ci]')
    assert.equal(because({ branch: 'main' }), null)
    assert.equal(startsOf(config, []).because, 'the delivery carries no event')
  })

  test('with what the nearest of several triggers lacked', () => {
    const config = withTriggers('on: push, branches: [main], paths: ["src/**"]', 'on: push, branches: [dev]')
    const because = (facts: Partial<Event>) => startsOf(config, [anEvent({ branch: 'main', ...facts })]).because
    assert.equal(because({ changedFiles: ['README.md'] }), 'branch main changed nothing in src/**: README.md')
    const skipped = { changedFiles: ['src/a.ts'], message: '[skip ci]' }
    assert.equal(because(skipped), 'the commit message of branch main has [skip ci]')
  })

  test('with names that are readable and unique', () => {
    const config = withTriggers(
      'on: push, branches: [a, "b/**"]',
      'on: push',
      'on: push',
      'name: push, on: tag',
      `on: push, branches: [${'x'.repeat(150)}]`,
    )
    const repository = config.repositories['github.com/acme/shop']
    assert.ok(repository)
    const names = triggerNames(repository)
    assert.deepEqual(names.slice(0, 4), ['push a, b/**', 'push (2)', 'push (3)', 'push'])
    assert.equal(names[4]?.length, 100)
  })
})
