import type { Event, EventRepository, Person } from '../../job/event.ts'
import { cutText } from '../cut-text.ts'
import type { Reading } from '../delivery.ts'
import { bounds } from '../event-bounds.ts'
import { commitOrNull, type GitRef, gitRef } from '../git-ref.ts'
import { parsePayload } from '../parse-payload.ts'
import { person } from '../person.ts'
import { repositoryPage } from '../repository-page.ts'
import { webLink } from '../web-link.ts'
import { changedFiles } from './changed-files.ts'
import { type GitHubCommit, PushPayload } from './push-payload.ts'

/** A `push` delivery: of a branch or a tag, made, moved or deleted. @throws DeliveryMalformed */
export function readPush(payload: unknown): Reading {
  const push = parsePayload(PushPayload, payload)
  const ref = gitRef(push.ref)
  if (ref === null) return { kind: 'ignored', reason: 'the pushed ref is neither a branch nor a tag' }
  return { kind: 'events', events: [pushEvent(push, ref)] }
}

function pushEvent(push: PushPayload, ref: GitRef): Event {
  const after = commitOrNull(push.after)
  const deleted = push.deleted === true || after === null
  const head = deleted ? null : (push.head_commit ?? null)
  return {
    type: eventType(ref, deleted),
    repository: eventRepository(push.repository),
    ...ref,
    commit: deleted ? null : pushedCommit(ref, after, head),
    before: commitOrNull(push.before),
    created: push.created ?? null,
    forced: push.forced ?? null,
    message: head?.message == null ? null : cutText(head.message, bounds.message),
    author: author(head),
    sender: person({ login: push.sender?.login, name: push.pusher?.name, email: push.pusher?.email }),
    commits: (push.commits ?? []).slice(0, bounds.commits).map((commit) => ({
      id: commit.id,
      message: cutText(commit.message ?? '', bounds.commitMessage),
      author: author(commit),
    })),
    changedFiles: deleted || ref.tag !== null ? null : changedFiles(push),
    pullRequest: null,
    link: webLink(push.compare),
  }
}

function eventType(ref: GitRef, deleted: boolean): Event['type'] {
  if (ref.tag !== null) return deleted ? 'tag_deleted' : 'tag'
  return deleted ? 'branch_deleted' : 'push'
}

/** For an annotated tag `after` is the id of the tag object; the head commit is what it stands for. */
function pushedCommit(ref: GitRef, after: string | null, head: GitHubCommit | null): string | null {
  return ref.tag === null ? after : (head?.id ?? after)
}

function author(commit: GitHubCommit | null): Person | null {
  const said = commit?.author
  return said ? person({ name: said.name, email: said.email, login: said.username }) : null
}

function eventRepository(said: PushPayload['repository']): EventRepository {
  const page = repositoryPage(said.html_url, said.full_name)
  return {
    host: page.host,
    path: page.path,
    name: page.name,
    url: page.url,
    cloneUrl: address(said.clone_url),
    sshUrl: address(said.ssh_url),
    defaultBranch: said.default_branch ? cutText(said.default_branch, 1000) : null,
    private: said.private ?? null,
  }
}

/** For people to read only: what is cloned is built from the config. */
function address(said: string | null | undefined): string | null {
  return said && said.length <= 2000 ? said.toWellFormed() : null
}
