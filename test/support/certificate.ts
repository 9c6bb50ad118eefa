import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

export type Certificate = { caFile: string; certificateFile: string; keyFile: string }

/** A local certificate authority and a certificate of it for this machine, in the given folder. */
export function makeCertificate(folder: string): Certificate {
  const at = (name: string) => join(folder, name)
  const openssl = (args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  writeFileSync(
    at('extensions.txt'),
    'subjectAltName = IP:127.0.0.1, DNS:localhost\nbasicConstraints = critical, CA:FALSE\nextendedKeyUsage = serverAuth\n',
  )
  openssl(['req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.crt', '-days', '2', '-subj', '/CN=Letterbox CA'])
  openssl(['req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=127.0.0.1'])
  const signing = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'extensions.txt']
  openssl(['x509', '-req', '-in', 'server.csr', '-out', 'server.crt', ...signing])
  return { caFile: at('ca.crt'), certificateFile: at('server.crt'), keyFile: at('server.key') }
}
