import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { buildVerdict } from '../../../../../worker/engines/docker/build-verdict.ts'

/* Messages as Docker Engine 20.10 and newer, and their BuildKit, give them. */
const MESSAGES: [code: string, exitCode: number | null, messages: string[]][] = [
  [
    'IMAGE_BUILD_FAILED',
    3,
    [
      "The command '/bin/sh -c exit 3' returned a non-zero code: 3",
      'executor failed running [/bin/sh -c exit 3]: exit code: 3',
      'failed to solve: process "/bin/sh -c curl http://x || exit 3; # dial tcp, unauthorized" did not complete successfully: exit code: 3',
    ],
  ],
  [
    'IMAGE_BUILD_FAILED',
    null,
    [
      'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist',
      'failed to compute cache key: "/nope" not found: not found',
      'failed to solve: failed to compute cache key: failed to calculate checksum of ref x::y: "/nope": not found',
      'dockerfile parse error line 2: unknown instruction: FOO',
      'failed to solve with frontend dockerfile.v0: failed to read dockerfile: open /tmp/x/nope: no such file or directory',
      'failed to reach build target two in Dockerfile',
      'failed to solve: target stage "two" could not be found',
    ],
  ],
  [
    'IMAGE_REFUSED',
    null,
    [
      "pull access denied for acme/secret, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
      'manifest for 127.0.0.1:5987/a/zz:2 not found: manifest unknown: manifest unknown',
      'failed to solve with frontend dockerfile.v0: failed to create LLB definition: 127.0.0.1:5987/a/zz:2: not found',
      'failed to solve: docker.io/library/nope:1: not found',
      'failed to solve: acme/x: failed to resolve source metadata for docker.io/acme/x:latest: pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed',
      'pulling from host 127.0.0.1:5987 failed with status code [manifests 1]: 401 Unauthorized',
      'Get "http://127.0.0.1:5987/v2/a/manifests/1": no basic auth credentials',
    ],
  ],
  [
    'REGISTRY_UNAVAILABLE',
    null,
    [
      'Get "http://127.0.0.1:5999/v2/": dial tcp 127.0.0.1:5999: connect: connection refused',
      'failed to do request: Head "https://registry-1.docker.io/v2/library/x/manifests/1": dial tcp: lookup registry-1.docker.io on 8.8.8.8:53: no such host',
      'received unexpected HTTP status: 503 Service Unavailable',
      'failed to solve: x: unexpected status from HEAD request to https://r/v2/x/manifests/1: 502 Bad Gateway',
      'toomanyrequests: You have reached your pull rate limit.',
      'Get "https://r.example/v2/": x509: certificate signed by unknown authority',
    ],
  ],
  ['ENGINE_DISK_FULL', null, ['failed to copy files: copy file range failed: no space left on device']],
  [
    'ENGINE_UNAVAILABLE',
    null,
    ['context canceled', 'rpc error: code = Unavailable desc = transport is closing', 'no active sessions'],
  ],
]

suite('the verdict on a failed build', () => {
  for (const [code, exitCode, messages] of MESSAGES) {
    test(`${code}${exitCode === null ? '' : ' with its exit code'} for what an engine says so`, () => {
      for (const message of messages) {
        const verdict = buildVerdict({ message, code: null }, { dockerfile: 'Dockerfile', lastLines: [] })
        assert.equal(verdict.code, code, message)
        if ('exitCode' in verdict) assert.equal(verdict.exitCode, exitCode, message)
        assert.equal(verdict.fault, ['IMAGE_BUILD_FAILED', 'IMAGE_REFUSED'].includes(code) ? 'theirs' : 'ours')
      }
    })
  }

  test('a RUN of a hundred kilobytes is cut, and its exit code still told', () => {
    const message = `executor failed running [/bin/sh -c ${'x'.repeat(100_000)}]: exit code: 9`
    const verdict = buildVerdict({ message, code: null }, { dockerfile: 'Dockerfile', lastLines: [] })
    assert.ok(verdict.message.length < 2100)
    assert.match(verdict.message, /exit code: 9$/)
  })
})
