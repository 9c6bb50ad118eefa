import { findForge } from '../../config/known-forges.ts'
import type { Config, Repository } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'

/** Where a repository is cloned from. `ssh` is null for https and http. */
export type CloneAddress = { url: string; ssh: { user: string; host: string; port: string } | null }

/** The address to clone from: the entry's own `clone`, or made of the forge's base and the matched path. Nothing of it
 *  comes from a payload but that path, which was matched by a key of the config and is held against a grammar here.
 *  @param hostPath `host/path`
 *  @throws CloneAddressRefused */
export function cloneAddress(config: Config, hostPath: string, entry: Repository | null): CloneAddress {
  if (entry?.clone !== undefined) return readAddress(entry.clone, config)
  const { host, path } = splitHostPath(hostPath)
  const forge = findForge(config.forges, host)
  const base = new URL(forge?.url ?? `https://${host}`)
  if (forge?.clone === 'ssh') {
    const url = `ssh://git@${base.hostname}/${path}.git`
    return { url, ssh: { user: 'git', host: base.hostname, port: '' } }
  }
  if (base.username !== '' || base.password !== '')
    throw refuse(base.href, 'the forge url holds a user name', TOKEN_HINT)
  return { url: `${base.origin}${base.pathname.replace(/\/+$/, '')}/${path}.git`, ssh: null }
}

/** The host of an event and the path behind it. @throws CloneAddressRefused */
export function splitHostPath(hostPath: string): { host: string; path: string } {
  const slash = hostPath.indexOf('/')
  const host = hostPath.slice(0, Math.max(slash, 0))
  const segments = hostPath.slice(slash + 1).split('/')
  if (!HOST.test(host)) throw refuse(hostPath, 'it does not begin with a host', 'Repositories are named host/path.')
  const bad = segments.find((segment) => !SEGMENT.test(segment) || /^\.+$/.test(segment))
  if (bad !== undefined) {
    throw refuse(
      hostPath,
      `the part ${JSON.stringify(bad)} of its path is no name`,
      'Parts hold letters, digits, ".", "_", "-", "~" and "+", and begin with none of "-".',
    )
  }
  return { host, path: segments.join('/').replace(/\.git$/, '') }
}

const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|\[[0-9a-fA-F:]{2,45}\])(?::\d{1,5})?$/
const SEGMENT = /^[A-Za-z0-9._~+][A-Za-z0-9._~+-]{0,254}$/

/** An address that the operator wrote. */
function readAddress(text: string, config: Config): CloneAddress {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/[\u0000-\u0020\u007f\\]/.test(text)) throw refuse(text, 'it holds a space or a control character', FORMS_HINT)
  const short = SCP_LIKE.exec(text)?.groups
  if (short) return readShort(text, short)
  const url = URL.canParse(text) && /^[a-z]+:\/\//.test(text) ? new URL(text) : null
  if (url === null) throw refuse(text, 'it is no address of a remote', FORMS_HINT)
  if (!HOST.test(url.host)) throw refuse(text, `${JSON.stringify(url.host)} is no host`, FORMS_HINT)
  switch (url.protocol) {
    case 'https:':
      return readWeb(text, url)
    case 'http:':
      if (!isPlainForge(url, config)) {
        throw refuse(
          text,
          'http is readable and changeable on its way',
          'Use https, or give the forge a url with http://.',
        )
      }
      return readWeb(text, url)
    case 'ssh:':
      return readSsh(text, url)
    default:
      throw refuse(text, `${url.protocol}// is no way to clone here`, FORMS_HINT)
  }
}

/** `git@host:path`, as scp(1) writes it; a path after `//` or a leading `-` is nothing that a forge hands out. */
const SCP_LIKE =
  /^(?<user>[A-Za-z0-9_][A-Za-z0-9._-]*)@(?<host>[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?):(?<path>[^/:-][^:]*)$/

function readShort(text: string, { user = '', host = '', path = '' }: Record<string, string>): CloneAddress {
  checkPath(text, path)
  return { url: `${user}@${host}:${path}`, ssh: { user, host, port: '' } }
}

function readWeb(text: string, url: URL): CloneAddress {
  if (url.username !== '' || url.password !== '') throw refuse(masked(url), 'it holds a user name', TOKEN_HINT)
  if (url.search !== '' || url.hash !== '') throw refuse(text, 'it has a query or a fragment', FORMS_HINT)
  checkPath(text, url.pathname.slice(1))
  return { url: url.href, ssh: null }
}

function readSsh(text: string, url: URL): CloneAddress {
  if (url.password !== '') throw refuse(masked(url), 'it holds a password', 'ssh logs in with sshKey.')
  const user = url.username === '' ? 'git' : url.username
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(user)) throw refuse(text, 'it has an odd user name', FORMS_HINT)
  checkPath(text, url.pathname.slice(1))
  const port = url.port === '' ? '' : `:${url.port}`
  return {
    url: `ssh://${user}@${url.hostname}${port}${url.pathname}`,
    ssh: { user, host: url.hostname, port: url.port },
  }
}

function checkPath(text: string, path: string): void {
  const bad = path.split('/').find((part) => part === '' || part === '.' || part === '..' || part.startsWith('-'))
  if (bad !== undefined) throw refuse(text, `its path has the part ${JSON.stringify(bad)}`, FORMS_HINT)
}

function isPlainForge(url: URL, config: Config): boolean {
  return Object.values(config.forges).some(
    (forge) => forge.url !== undefined && new URL(forge.url).origin === url.origin,
  )
}

function masked(url: URL): string {
  const copy = new URL(url)
  copy.password = ''
  copy.username = '***'
  return copy.href
}

const FORMS_HINT = 'Write https://host/path.git, ssh://git@host/path.git or git@host:path.git.'
const TOKEN_HINT = 'Put the token into forges.<host>.token, as a reference.'

function refuse(address: string, reason: string, hint: string): CloneAddressRefused {
  return new CloneAddressRefused(address, reason, hint)
}

class CloneAddressRefused extends LetterboxError {
  readonly code = 'CLONE_ADDRESS_REFUSED'
  readonly fault = 'theirs'
  constructor(address: string, reason: string, hint: string) {
    super(`${JSON.stringify(address.slice(0, 300))} is not cloned: ${reason}`, { hint })
  }
}
