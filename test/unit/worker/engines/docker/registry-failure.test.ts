import assert from 'node:assert/strict'
import { test } from 'node:test'
import { registryFailure, registryTrouble } from '../../../../../worker/engines/docker/registry-failure.ts'

test('what the engine says of a registry is understood', () => {
  const messages = {
    'unauthorized: authentication required': 'denied',
    'denied: requested access to the resource is denied': 'denied',
    'no basic auth credentials': 'denied',
    'login attempt to http://127.0.0.1:5987/v2/ failed with status: 401 Unauthorized': 'denied',
    'manifest unknown: manifest unknown': 'missing',
    'Get "https://r:5000/v2/": http: server gave HTTP response to HTTPS client': 'plain-http',
    'Get "https://r/v2/": tls: failed to verify certificate: x509: certificate has expired': 'certificate',
    'Get "https://r/v2/": net/http: TLS handshake timeout': 'unreachable',
    'Put "https://r/v2/x/blobs/uploads/": EOF': 'unreachable',
    'received unexpected HTTP status: 500 Internal Server Error': 'server-error',
    'write /var/lib/docker/tmp/x: no space left on device': 'disk-full',
    'tag invalid: The image tag is immutable': 'unknown',
  }
  for (const [message, failure] of Object.entries(messages)) assert.equal(registryFailure(message), failure, message)
})

test('trouble that passes may be tried again, a wrong certificate not; a refusal is no trouble', () => {
  const passing = registryTrouble('r/x:1', 'dial tcp: connection refused')
  const lasting = registryTrouble('r/x:1', 'x509: certificate signed by unknown authority')
  assert.equal(passing?.code === 'REGISTRY_UNAVAILABLE' && passing.passing, true)
  assert.equal(lasting?.code === 'REGISTRY_UNAVAILABLE' && lasting.passing, false)
  assert.match(lasting?.hint ?? '', /certs\.d/)
  assert.equal(registryTrouble('r/x:1', 'unauthorized'), null)
})
