import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseConfig } from '../../../config/load.ts'

const configWith = (step: string, secrets = '{ NPM: { env: NPM } }', trusted = '') => `
repositories:
  github.com/acme/shop:
    secret: { env: S }
    secrets: ${secrets}
    triggers:
      - on: push
        ${trusted}
        steps:
          - build: { image: acme/shop }
          - ${step}
`

function codes(text: string): string[] {
  const result = parseConfig(text, 'config.yaml')
  return result.kind === 'ok' ? [] : result.diagnostics.map(({ code }) => code)
}

test('a secret is listed by its name, as a variable, as a file, or as a mount of a build', () => {
  for (const step of [
    'test: { command: x, secrets: [NPM] }',
    'test: { command: x, secrets: [{ name: NPM, env: TOKEN }] }',
    'test: { command: x, secrets: [NPM, { name: NPM, file: /run/secrets/npm }] }',
    'script: { run: [/bin/true], secrets: [{ name: NPM, file: /npmrc }] }',
    'build: { image: acme/b, secrets: [{ name: NPM, id: npm }] }',
    'test: { command: x, secrets: { IN_PLACE: { env: X } } }',
  ])
    assert.deepEqual(codes(configWith(step)), [], step)
})

test('a way to hand over that the step does not have is told with its place', () => {
  assert.deepEqual(codes(configWith('build: { image: acme/b, secrets: [{ name: NPM, env: X }] }')), ['SECRET_FORM'])
  assert.deepEqual(codes(configWith('test: { command: x, secrets: [{ name: NPM, id: x }] }')), ['SECRET_FORM'])
  assert.deepEqual(codes(configWith('test: { command: x, secrets: [{ name: NPM, env: X, file: /x }] }')), [
    'SECRET_FORM',
  ])
  assert.deepEqual(codes(configWith('test: { command: x, secrets: [{ name: OTHER }] }')), ['UNKNOWN_SECRET'])
})

test('a secret that stands where a name belongs is not shown, also in the long form', () => {
  const result = parseConfig(configWith('test: { command: x, secrets: [{ name: hunter2-secret }] }'), 'config.yaml')
  assert.ok(result.kind === 'refused')
  assert.doesNotMatch(JSON.stringify(result.diagnostics), /hunter2/)
})

test('trusted takes logins and globs of them, and refuses an empty list', () => {
  const step = 'test: { command: x, secrets: [NPM] }'
  assert.deepEqual(codes(configWith(step, undefined, 'trusted: [ada, "acme-*"]')), [])
  assert.equal(codes(configWith(step, undefined, 'trusted: []')).length, 1)
  assert.deepEqual(codes(configWith(step, undefined, 'trusted: ["[a"]')), ['BAD_GLOB'])
})
