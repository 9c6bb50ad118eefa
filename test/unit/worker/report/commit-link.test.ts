import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConfigSchema } from '../../../../config/schema.ts'
import { commitLink } from '../../../../worker/report/commit-link.ts'
import { sampleEvent } from './sample-facts.ts'

const config = ConfigSchema.parse({
  forges: {
    'git.example.com': { kind: 'gitlab' },
    '127.0.0.1:3000': { kind: 'gitea', url: 'http://127.0.0.1:3000/' },
    'code.example.com': { kind: 'bitbucket-server', url: 'https://code.example.com/stash' },
  },
})
const link = (host: string, path = 'acme/shop') =>
  commitLink(config, { ...sampleEvent().repository, host, path, url: 'https://evil.example/' }, 'abc123')

test('a commit links to its page at its forge', () => {
  assert.equal(link('github.com'), 'https://github.com/acme/shop/commit/abc123')
  assert.equal(link('bitbucket.org'), 'https://bitbucket.org/acme/shop/commits/abc123')
  assert.equal(link('git.example.com', 'a/b/c'), 'https://git.example.com/a/b/c/-/commit/abc123')
  assert.equal(link('127.0.0.1:3000'), 'http://127.0.0.1:3000/acme/shop/commit/abc123')
  assert.equal(link('code.example.com'), 'https://code.example.com/stash/projects/acme/repos/shop/commits/abc123')
})

test('F08, F09: a path from a delivery cannot lead elsewhere', () => {
  assert.equal(link('github.com', 'a"b/<c>?d#e'), 'https://github.com/a%22b/%3Cc%3E%3Fd%23e/commit/abc123')
})

test('where the forge is not known there is no link', () => {
  for (const host of ['unknown.example', 'constructor', '__proto__']) assert.equal(link(host), null)
})
