import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loginFor, registryConfig, registryOf } from '../../../../../worker/engines/docker/registry-auth.ts'

test('the registry of a reference is its first part where that is a host', () => {
  const registries = {
    busybox: 'docker.io',
    'acme/shop': 'docker.io',
    'localhost/x': 'localhost',
    'code.example.com/acme/shop': 'code.example.com',
    '127.0.0.1:5000/x@sha256:00': '127.0.0.1:5000',
  }
  for (const [reference, registry] of Object.entries(registries)) assert.equal(registryOf(reference), registry)
})

test('Docker Hub is one registry under all of its names', () => {
  const hub = { address: 'docker.io', username: 'u', password: 'p' }
  assert.equal(loginFor('registry-1.docker.io', [hub]), hub)
  assert.equal(loginFor('example.com', [hub]), null)
  assert.deepEqual(Object.keys(registryConfig([hub])), ['https://index.docker.io/v1/'])
})
