import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hash } from 'bcryptjs'
import type { Answers } from './answers.ts'
import {
  composeEnvironment,
  configText,
  DATA,
  ETC,
  environmentFile,
  freshSecret,
  PROXY,
  webhookSecretFile,
} from './server-files.ts'
import type { Wanted } from './wanted.ts'

export type Place = {
  /** where the project lies on the server */
  install: string
  /** reads a file that setup itself has written, below --root */
  read(path: string): string
  /** a path of the server as this process must name it */
  below(path: string): string
}

/** Everything that a server needs around the containers, in the order in which it is made. */
export function planSetup(answers: Answers, place: Place): Wanted[] {
  const { webGid } = answers
  return [
    { kind: 'group', name: 'letterbox-web', gid: webGid },
    { kind: 'user', name: 'letterbox' },
    { kind: 'folder', path: ETC, mode: 0o755, gid: 0 },
    { kind: 'folder', path: `${ETC}/users`, mode: 0o750, gid: webGid },
    { kind: 'folder', path: `${ETC}/webhook-secrets`, mode: 0o750, gid: webGid },
    ...(answers.repository === null ? [] : [own(webhookSecretFile(answers.repository), 0o640, webGid, freshSecret)]),
    ...(answers.registry ? registryUser(webGid, place) : []),
    own(`${ETC}/config.yaml`, 0o644, 0, () => configText(answers)),
    own(`${ETC}/web.env`, 0o600, 0, () => environmentFile('the web program')),
    own(`${ETC}/worker.env`, 0o600, 0, () => environmentFile('the worker', ownCa(answers))),
    { kind: 'data', path: DATA, webGid },
    { kind: 'folder', path: PROXY, mode: 0o755, gid: 0 },
    { kind: 'folder', path: `${PROXY}/certs`, mode: 0o755, gid: 0 },
    ...(answers.localCa ? localCa(answers.host, place) : []),
    ...UNITS.map((name) => ours(`/etc/systemd/system/${name}`, () => unitText(name, webGid, place))),
    ours(`${place.install}/.env`, () => composeEnvironment(answers)),
    { kind: 'link', path: '/usr/local/bin/letterbox', target: `${place.install}/bin/letterbox` },
  ]
}

const UNITS = ['letterbox-worker.service', 'letterbox-worker-once.service', 'letterbox-worker-once.timer']

type FileText = () => string | Promise<string>

/** The operator's from then on. */
function own(path: string, mode: number, gid: number, text: FileText): Wanted {
  return { kind: 'file', path, mode, gid, keep: true, text }
}

/** Setup's: written again when it is not as it should be. */
function ours(path: string, text: FileText): Wanted {
  return { kind: 'file', path, mode: 0o644, gid: 0, keep: false, text }
}

/** The user that the worker pushes as. */
function registryUser(webGid: number, { read }: Place): Wanted[] {
  const password = `${ETC}/registry-password`
  const line = async () => `ci:${await hash(read(password).trimEnd(), 10)}\n`
  return [own(password, 0o600, 0, freshSecret), own(`${ETC}/users/htpasswd`, 0o640, webGid, line)]
}

/** The engine trusts what lies in certs.d. @see Docker documentation "Verify repository client with certificates" */
function localCa(host: string, { install, below, read }: Place): Wanted[] {
  const ca = `${PROXY}/local-ca/ca.crt`
  const script = join(install, 'deploy-templates/proxy/local-ca')
  return [
    {
      kind: 'program',
      command: ['/bin/sh', script, below(PROXY), host],
      proof: `${PROXY}/certs/${host}.crt`,
      makes: `${PROXY}/local-ca`,
    },
    { kind: 'folder', path: `/etc/docker/certs.d/${host}`, mode: 0o755, gid: 0 },
    ours(`/etc/docker/certs.d/${host}/ca.crt`, () => read(ca)),
  ]
}

/** What Node.js trusts beside the public authorities. */
function ownCa({ localCa }: Answers): string {
  return localCa ? `NODE_EXTRA_CA_CERTS=${PROXY}/local-ca/ca.crt\n` : ''
}

function unitText(name: string, webGid: number, { install }: Place): string {
  const template = readFileSync(new URL(`../../deploy-templates/systemd/${name}`, import.meta.url), 'utf8')
  return template.replaceAll('@INSTALL@', install).replaceAll('@WEB_GID@', String(webGid))
}
