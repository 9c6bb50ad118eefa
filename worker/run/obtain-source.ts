import type { Config, Repository, SecretRef } from '../../config/schema.ts'
import type { Event } from '../../job/event.ts'
import type { StepIO } from '../engines/engine.ts'
import { cloneTarget } from '../source/clone-target.ts'
import type { Source, Workspace } from '../source/source-port.ts'

/** `skip` is an end that is no error: there is nothing to run, because … */
export type Obtained = { kind: 'ready'; workspace: Workspace | null } | { kind: 'skip'; reason: string }

export type SourceFacts = {
  run: string
  event: Event
  config: Config
  repository: Repository
  secret(ref: SecretRef): string
}

/** Asks the remote before anything runs: that the ref holds the event's commit (then it is checked out), or for a
 *  deletion that the ref is really gone. An event without a ref needs no source. */
export async function obtainSource(source: Source, facts: SourceFacts, io: StepIO): Promise<Obtained> {
  const { event } = facts
  if (event.ref === null) return { kind: 'ready', workspace: null }
  const path = `${event.repository.host}/${event.repository.path}`
  const target = cloneTarget(facts.config, path, facts.repository, facts.secret)
  if (event.type === 'branch_deleted' || event.type === 'tag_deleted') {
    const commit = await source.remoteCommit(target, event.ref, io.signal)
    if (commit === null) return { kind: 'ready', workspace: null }
    return { kind: 'skip', reason: `the remote has ${event.ref} again, at ${commit}` }
  }
  const fetched = await source.fetch({ run: facts.run, target, ref: event.ref, commit: event.commit }, io)
  return fetched.kind === 'gone'
    ? { kind: 'skip', reason: fetched.reason }
    : { kind: 'ready', workspace: fetched.workspace }
}
