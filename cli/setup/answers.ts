import { z } from 'zod'
import { UsageError } from '../usage-error.ts'

const HOST = /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/

/** What setup must know of the server. */
export type Answers = {
  host: string
  /** for the ACME account; null with a local CA */
  mail: string | null
  registry: boolean
  localCa: boolean
  /** `host/path` of the first repository */
  repository: string | null
  webGid: number
}

export type SetupFlags = {
  host?: string
  mail?: string
  registry?: boolean
  localCa?: boolean
  repository?: string
  webGid?: number
}

type Ask = { line(question: string): Promise<string | null>; yes(question: string): Promise<boolean | null> }

/** Takes the flags, and asks for what they leave open where somebody can be asked. @throws UsageError */
export async function collectAnswers(flags: SetupFlags, ask: Ask): Promise<Answers> {
  const host = checked('--host', flags.host ?? (await ask.line('Host name of this server (ci.example.com): ')), HOST)
  const localCa = flags.localCa ?? false
  const mail = localCa ? null : checkedMail(flags.mail ?? (await ask.line('Mail address for the certificates: ')))
  const registry = flags.registry ?? (await ask.yes('Run a private registry here?')) ?? true
  const named = flags.repository ?? (await ask.line('First repository (github.com/acme/shop; empty: none): ')) ?? ''
  const repository = named === '' ? null : checked('--repository', named, /^[a-z0-9.-]+(?::\d+)?\/[\w./-]+$/i)
  return { host, mail, registry, localCa, repository, webGid: flags.webGid ?? 10_001 }
}

function checkedMail(value: string | null): string {
  if (value !== null && z.email().safeParse(value).success) return value
  throw new UsageError(value ? `${value} is no mail address.` : 'Which mail address is told about certificates?', {
    hint: 'Give --mail you@example.com, or --local-ca for a server without a public name.',
  })
}

function checked(flag: string, value: string | null, shape: RegExp): string {
  if (value !== null && shape.test(value)) return value
  throw new UsageError(value ? `${JSON.stringify(value)} cannot be used for ${flag}.` : `${flag} is missing.`, {
    hint: "letterbox setup --host ci.example.com --mail you@example.com; 'letterbox help setup' shows all.",
  })
}
