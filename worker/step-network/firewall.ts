import { execa } from 'execa'
import { type Barrier, changeOf, type Family, removalOf, wantedRules } from './firewall-plan.ts'

const LIMIT_MS = 10_000
const PROGRAMS: Record<Family, string> = { ipv4: 'iptables', ipv6: 'ip6tables' }
/** They live in sbin, which a plain PATH may lack. */
const PATH = '/usr/sbin:/sbin:/usr/local/sbin:/usr/bin:/bin'

/** `why`: what kept the rules from being set, in words. */
export type Applied = { ok: true } | { ok: false; why: string }

/** Puts the barrier up where it is not up yet: usually one call of iptables that only looks. */
export async function raiseBarrier(barrier: Barrier, family: Family): Promise<Applied> {
  return change(family, (current) => changeOf(current, wantedRules(barrier, family), barrier.id))
}

/** Takes all rules and chains of an installation away: when the operator wants no barrier, and when it is uninstalled. */
export async function removeRules(id: string, family: Family): Promise<Applied> {
  return change(family, (current) => removalOf(current, id))
}

async function change(family: Family, textFor: (current: string[]) => string | null): Promise<Applied> {
  const program = PROGRAMS[family]
  const listed = await call(program, ['-w', '5', '-S'], '')
  if (!listed.ok) return listed
  const text = textFor(listed.stdout.split('\n'))
  return text === null ? { ok: true } : call(`${program}-restore`, ['-w', '5', '--noflush'], text)
}

async function call(program: string, args: string[], input: string) {
  const env = { PATH, LANG: 'C' }
  const end = await execa(program, args, { input, env, extendEnv: false, reject: false, timeout: LIMIT_MS })
  if (!end.failed) return { ok: true as const, stdout: end.stdout }
  if (end.code === 'ENOENT') return { ok: false as const, why: `there is no ${program} on this machine` }
  const said = end.stderr.trim().split('\n').at(-1) || end.shortMessage
  return { ok: false as const, why: `${program} failed: ${said}` }
}
