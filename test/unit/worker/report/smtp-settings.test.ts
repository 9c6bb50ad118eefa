import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSmtpUrl } from '../../../../worker/report/smtp-settings.ts'

test('an SMTP address says host, port, login and TLS', () => {
  assert.deepEqual(readSmtpUrl('smtps://ci%40example.com:p%3A%2Fw@smtp.example.com'), {
    host: 'smtp.example.com',
    port: 465,
    secure: true,
    requireTls: false,
    login: { user: 'ci@example.com', pass: 'p:/w' },
  })
  const { host, port, login } = readSmtpUrl(' smtp://[::1]:2525\n')
  assert.deepEqual({ host, port, login }, { host: '::1', port: 2525, login: null })
})

test('a password crosses a network only inside TLS, unless the operator says otherwise', () => {
  assert.equal(readSmtpUrl('smtp://u:p@smtp.example.com').requireTls, true)
  assert.equal(readSmtpUrl('smtp://u:p@smtp.example.com?requireTLS=false').requireTls, false)
  assert.equal(readSmtpUrl('smtp://smtp.example.com?requireTLS=true').requireTls, true)
  for (const local of ['127.0.0.1', 'localhost', '[::1]']) {
    assert.equal(readSmtpUrl(`smtp://u:p@${local}:25`).requireTls, false, local)
  }
})

test('an address that cannot be used is refused without being quoted', () => {
  for (const url of [
    's3cret',
    'http://u:s3cret@host',
    'smtp://u:s3cret@',
    'smtp://u:s3cret%zz@host',
    'smtp://u:s3cret@host/path',
    'smtp://u:s3cret@host?pool=true',
    'smtp://u:s3cret@host?requireTLS=maybe',
    'smtp://u:s3cret@host:99999',
  ]) {
    assert.throws(
      () => readSmtpUrl(url),
      (error: Error) => {
        assert.match(error.message, /^the address in mail\.smtp\.url cannot be used: /)
        assert.doesNotMatch(JSON.stringify([error.message, error.stack, String(error.cause)]), /s3cret/)
        return true
      },
      url,
    )
  }
})
