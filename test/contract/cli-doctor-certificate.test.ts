import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, type TestContext, test } from 'node:test'
import { createServer } from 'node:tls'
import { certificatePlaces } from '../../cli/doctor/certificate-places.ts'
import { checkCertificate } from '../../cli/doctor/check-certificate.ts'
import { freshFolder } from '../support/fresh-folder.ts'

const NOW = new Date()

suite('letterbox doctor looks at certificates', () => {
  test('good for more than 14 days: fine', async (t) => {
    const { state, message } = await examined(t, { days: 20 })
    assert.equal(state, 'ok', message)
    assert.match(message, /(?:19|20) more days/)
  })

  test('good for less: it warns, and says where to look', async (t) => {
    const { state, hint } = await examined(t, { days: 13 })
    assert.equal(state, 'warn')
    assert.match(hint ?? '', /renewed/)
  })

  test('of a CA that nobody knows: it fails', async (t) => {
    const { state, message } = await examined(t, { days: 20, trusted: false })
    assert.equal(state, 'fail')
    assert.match(message, /self-signed|self signed|unable to verify/i)
  })

  test('nobody answers: that is told, and the certificate is not called bad', async () => {
    const check = await checkCertificate({ host: '127.0.0.1', port: 1 }, { now: NOW, limitMs: 1000 })
    assert.equal(check.state, 'warn')
  })

  test('each host is looked at once; a registry without a login is somebody else’s', () => {
    const places = certificatePlaces({
      server: { url: 'https://ci.example.com/', trustedProxies: [] },
      registries: {
        main: { address: 'ci.example.com', username: 'ci' },
        other: { address: 'code.example.com:5000', username: 'ci' },
        hub: { address: 'docker.io' },
      },
    })
    assert.deepEqual(places, [
      { host: 'ci.example.com', port: 443 },
      { host: 'code.example.com', port: 5000 },
    ])
  })
})

async function examined(t: TestContext, { days, trusted = true }: { days: number; trusted?: boolean }) {
  const folder = freshFolder(t)
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', String(days)]
  execFileSync('openssl', ['req', '-x509', ...kind, '-keyout', key, '-out', certificate, ...subject], { stdio: 'pipe' })
  const server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }).listen(0, '127.0.0.1')
  t.after(() => server.close())
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  const certsFolder = join(folder, 'certs.d')
  mkdirSync(join(certsFolder, `localhost:${port}`), { recursive: true })
  if (trusted) writeFileSync(join(certsFolder, `localhost:${port}`, 'ca.crt'), readFileSync(certificate))
  return await checkCertificate({ host: 'localhost', port }, { now: NOW, limitMs: 5000, certsFolder })
}
