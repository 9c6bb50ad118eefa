import type { Event, EventRepository, Person } from '../../job/event.ts'
import { cutText } from '../cut-text.ts'
import type { Reading } from '../delivery.ts'
import { DeliveryMalformed } from '../delivery-malformed.ts'
import { bounds } from '../event-bounds.ts'
import { branchRef, commitOrNull, type GitRef, tagRef } from '../git-ref.ts'
import { parsePayload } from '../parse-payload.ts'
import { authorLine, person } from '../person.ts'
import { repositoryPage } from '../repository-page.ts'
import { webLink } from '../web-link.ts'
import { type BitbucketChange, type BitbucketCommit, type BitbucketRef, PushPayload } from './push-payload.ts'

type Shared = { repository: EventRepository; sender: Person | null; senderId: string | null }

/** A `repo:push` delivery: each change of a branch or tag is an event of its own. @throws DeliveryMalformed */
export function readPush(payload: unknown): Reading {
  const { repository, actor, push } = parsePayload(PushPayload, payload)
  const shared = {
    repository: eventRepository(repository),
    sender: person({ login: actor?.nickname, name: actor?.display_name }),
    // nicknames are neither unique nor fixed
    senderId: senderId(actor?.account_id ?? actor?.uuid),
  }
  const events = push.changes.flatMap((change) => changeEvent(change, shared) ?? [])
  if (events.length > 0) return { kind: 'events', events }
  const reason = push.changes.length === 0 ? 'the push changed no ref' : 'the push changed neither a branch nor a tag'
  return { kind: 'ignored', reason }
}

/** Too long to be an id: then it is none, for a cut id would be another. */
function senderId(id: string | null | undefined): string | null {
  return id && id.length <= 200 ? id : null
}

function changeEvent(change: BitbucketChange, shared: Shared): Event | null {
  const now = change.new ?? change.old
  if (now === null) throw new DeliveryMalformed('a change has neither a new nor an old ref')
  const ref = changedRef(now)
  if (ref === null) return null
  const deleted = change.new === null
  const head = change.new?.target ?? null
  if (!deleted && head === null) throw new DeliveryMalformed('a changed ref has no target commit')
  return {
    type: eventType(ref, deleted),
    ...shared,
    ...ref,
    commit: head === null ? null : commitOrNull(head.hash),
    before: change.old?.target ? commitOrNull(change.old.target.hash) : null,
    created: change.created ?? null,
    forced: change.forced ?? null,
    message: head?.message == null ? null : cutText(head.message, bounds.message),
    author: head === null ? null : author(head),
    commits: (change.commits ?? []).slice(0, bounds.commits).map((commit) => ({
      id: commit.hash,
      message: cutText(commit.message ?? '', bounds.commitMessage),
      author: author(commit),
    })),
    // Bitbucket does not say which files a push changed
    changedFiles: null,
    pullRequest: null,
    link: webLink(change.links?.html?.href) ?? webLink(change.links?.diff?.href),
  }
}

/** null for what Bitbucket had for Mercurial (`named_branch`, `bookmark`). */
function changedRef(ref: BitbucketRef): GitRef | null {
  if (ref.type === 'branch') return branchRef(ref.name)
  return ref.type === 'tag' || ref.type === 'annotated_tag' ? tagRef(ref.name) : null
}

function eventType(ref: GitRef, deleted: boolean): Event['type'] {
  if (ref.tag !== null) return deleted ? 'tag_deleted' : 'tag'
  return deleted ? 'branch_deleted' : 'push'
}

function author(commit: BitbucketCommit): Person | null {
  return person({ ...authorLine(commit.author?.raw ?? ''), login: commit.author?.user?.nickname })
}

/** The payload has no clone addresses: they are made of the repository's page. `name` is the one in the address, since
 *  Bitbucket's `repository.name` is a title for people. */
function eventRepository(said: PushPayload['repository']): EventRepository {
  const page = repositoryPage(said.links.html.href, said.full_name)
  return {
    host: page.host,
    path: page.path,
    name: page.name,
    url: page.url,
    cloneUrl: `${page.origin}/${page.path}.git`,
    sshUrl: `git@${page.hostname}:${page.path}.git`,
    defaultBranch: said.mainbranch?.name ? cutText(said.mainbranch.name, 1000) : null,
    private: said.is_private ?? null,
  }
}
