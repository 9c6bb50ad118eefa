import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hasBuildKit } from '../../../../../worker/engines/docker/engine-facts.ts'

test('BuildKit is used where the engine has it and the operator has not turned it off', () => {
  const version = { Version: '20.10.24', ApiVersion: '1.41', Os: 'linux' }
  assert.equal(hasBuildKit(version, undefined), true)
  assert.equal(hasBuildKit(version, '2'), true)
  assert.equal(hasBuildKit(version, '1'), false)
  assert.equal(hasBuildKit({ ...version, ApiVersion: '1.38' }, undefined), false)
  assert.equal(hasBuildKit({ ...version, Os: 'windows' }, undefined), false)
  assert.equal(hasBuildKit({ ...version, Components: [{ Name: 'Podman Engine' }] }, undefined), false)
})
