import { compileGlob } from '../../config/glob.ts'
import { findForge } from '../../config/known-forges.ts'
import type { Config, Trigger } from '../../config/schema.ts'
import type { RunPlan } from '../../job/run.ts'

/** Why the steps of a run get no secrets; null when they may have them. Who pushed is what the forge's signature vouches
 *  for: author fields of commits are written by whoever commits. */
export function withholdSecrets(
  plan: Pick<RunPlan, 'event' | 'source'>,
  trigger: Pick<Trigger, 'trusted'>,
  config: Pick<Config, 'forges'>,
): string | null {
  const { event } = plan
  if (event.pullRequest?.fork) return 'the event is a pull request from a fork'
  if (event.pullRequest === null && event.type.startsWith('pull_request')) return 'the forge does not say whose it is'
  if (trigger.trusted === undefined || isOperators(plan.source)) return null
  const sender = senderOf(plan, config)
  if (sender.length === 0) return 'the event names no sender, and the trigger has a list of trusted ones'
  if (sender.some((name) => trigger.trusted?.some((glob) => matches(glob, name)))) return null
  return `${sender[0]} is not in the trigger's list of trusted senders`
}

/** Asked for on the worker's own host, or by its clock. */
function isOperators(source: RunPlan['source']): boolean {
  return source === 'cli' || source === 'schedule'
}

/** What the sender is known by: the login, and the forge's fixed id. Bitbucket has nicknames, which anybody may take. */
function senderOf({ event, source }: Pick<RunPlan, 'event' | 'source'>, { forges }: Pick<Config, 'forges'>): string[] {
  const kind = findForge(forges, event.repository.host)?.kind
  const login = kind === 'bitbucket' && source !== 'api' ? null : event.sender?.login
  return [login, event.senderId].filter((name) => name !== null && name !== undefined)
}

/** Logins have no case. */
function matches(glob: string, name: string): boolean {
  const compiled = compileGlob(glob.toLowerCase())
  return 'matches' in compiled && compiled.matches(name.toLowerCase())
}
