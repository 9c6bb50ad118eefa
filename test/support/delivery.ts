import { createHmac, randomUUID } from 'node:crypto'

/** One signed POST, as a forge sends it. */
export type Delivery = { headers: Record<string, string>; body: string }

const ZEROS = '0'.repeat(40)

type Who = { name: string; email: string; login: string }
export const ADA: Who = { name: 'Ada Lovelace', email: 'ada@example.com', login: 'ada' }

export type GithubPush = {
  /** base address of the forge, `http://127.0.0.1:3000` */
  forge: string
  /** `owner/name` */
  path: string
  secret: string
  /** full ref */
  ref: string
  /** null: the ref was deleted */
  commit: string | null
  before?: string | null
  message?: string
  changedFiles?: string[]
  pusher?: Who
  delivery?: string
}

/** A push as GitHub delivers it. @see GitHub documentation "Webhook events and payloads": push */
export function githubPush(push: GithubPush): Delivery {
  const [owner = '', name = ''] = push.path.split('/')
  const who = push.pusher ?? ADA
  const page = `${push.forge}/${push.path}`
  const commit = push.commit === null ? null : githubCommit(push, push.commit, page, who)
  const payload = {
    ref: push.ref,
    before: push.before ?? ZEROS,
    after: push.commit ?? ZEROS,
    repository: {
      id: 1,
      node_id: 'R_1',
      name,
      full_name: push.path,
      private: false,
      owner: { name: owner, email: null, login: owner, id: 2, type: 'User' },
      html_url: page,
      url: page,
      clone_url: `${page}.git`,
      ssh_url: `git@${new URL(push.forge).hostname}:${push.path}.git`,
      default_branch: 'main',
      master_branch: 'main',
    },
    pusher: { name: who.login, email: who.email },
    sender: { login: who.login, id: 3, type: 'User' },
    created: push.before == null,
    deleted: push.commit === null,
    forced: false,
    base_ref: null,
    compare: `${page}/compare/${(push.before ?? ZEROS).slice(0, 12)}...${(push.commit ?? ZEROS).slice(0, 12)}`,
    commits: commit === null ? [] : [commit],
    head_commit: commit,
  }
  const body = JSON.stringify(payload)
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'GitHub-Hookshot/044aadd',
      'x-github-delivery': push.delivery ?? randomUUID(),
      'x-github-event': 'push',
      'x-github-hook-id': '292430182',
      'x-hub-signature-256': signature(push.secret, body),
    },
  }
}

function githubCommit(push: GithubPush, id: string, page: string, who: Who) {
  return {
    id,
    tree_id: id,
    distinct: true,
    message: push.message ?? 'Change something',
    timestamp: '2026-11-21T09:00:00+10:00',
    url: `${page}/commit/${id}`,
    author: { name: who.name, email: who.email, username: who.login },
    committer: { name: who.name, email: who.email, username: who.login },
    added: [],
    removed: [],
    modified: push.changedFiles ?? ['Dockerfile'],
  }
}

export type BitbucketChange = {
  type?: 'branch' | 'tag'
  name: string
  /** null: the branch or tag was deleted */
  commit: string | null
  before?: string | null
  message?: string
}

export type BitbucketPush = {
  forge: string
  path: string
  secret: string
  changes: BitbucketChange[]
  pusher?: Who
  delivery?: string
}

/** A push as Bitbucket Cloud delivers it. @see Bitbucket Cloud documentation "Event payloads": repo:push */
export function bitbucketPush(push: BitbucketPush): Delivery {
  const [workspace = '', name = ''] = push.path.split('/')
  const who = push.pusher ?? ADA
  const page = `${push.forge}/${push.path}`
  const actor = {
    type: 'user',
    display_name: who.name,
    nickname: who.login,
    uuid: '{7e4bb3ff-c1e8-4a36-a5a1-5f5f5d7a5d2b}',
    account_id: '70121:8a8c1b0f',
    links: { html: { href: `${push.forge}/%7B7e4bb3ff%7D/` } },
  }
  const payload = {
    push: { changes: push.changes.map((change) => bitbucketChange(change, page, who, actor)) },
    repository: {
      type: 'repository',
      full_name: push.path,
      name,
      uuid: '{73dcbd61-e506-4fc1-9ecd-31be2b6d6031}',
      is_private: true,
      scm: 'git',
      website: null,
      links: { html: { href: page }, self: { href: `${page}/self` }, avatar: { href: `${page}/avatar` } },
      owner: actor,
      workspace: { type: 'workspace', slug: workspace, name: workspace, uuid: '{w}' },
      project: null,
    },
    actor,
  }
  const body = JSON.stringify(payload)
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Bitbucket-Webhooks/2.0',
      'x-event-key': 'repo:push',
      'x-hook-uuid': '{5e2f1ac5-3f4b-4a3e-8a5a-0f0c3c1c7f10}',
      'x-request-uuid': push.delivery ?? randomUUID(),
      'x-attempt-number': '1',
      'x-hub-signature': signature(push.secret, body),
    },
  }
}

function bitbucketChange(change: BitbucketChange, page: string, who: Who, actor: object) {
  const { type = 'branch', name } = change
  const target = (commit: string) => ({
    type: 'commit',
    hash: commit,
    date: '2026-11-21T09:00:00+00:00',
    message: change.message ?? 'Change something\n',
    summary: { raw: change.message ?? 'Change something\n', markup: 'markdown', html: '' },
    author: { type: 'author', raw: `${who.name} <${who.email}>`, user: actor },
    parents: [],
    links: { html: { href: `${page}/commits/${commit}` } },
  })
  const side = (commit: string | null | undefined) =>
    commit == null ? null : { type, name, target: target(commit), links: { html: { href: `${page}/branch/${name}` } } }
  return {
    old: side(change.before),
    new: side(change.commit),
    created: change.before == null,
    closed: change.commit === null,
    forced: false,
    truncated: false,
    commits: change.commit === null ? [] : [target(change.commit)],
    links: { html: { href: `${page}/branches/compare/${change.commit}..${change.before}` } },
  }
}

/** HMAC-SHA-256 over the raw body, as both forges send it. */
export function signature(secret: string, body: string): string {
  return `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`
}
