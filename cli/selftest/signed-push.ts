import { createHmac, randomUUID } from 'node:crypto'

export type SignedPush = { headers: Record<string, string>; body: string }

/** A push to `main` as GitHub delivers it, signed. @see GitHub documentation "Webhook events and payloads": push */
export function signedPush(push: { url: string; path: string; commit: string; secret: string }): SignedPush {
  const { url, path, commit, secret } = push
  const [owner, name] = path.split('/')
  const page = `${url}/${path}`
  const who = { name: 'Letterbox selftest', email: 'selftest@example.invalid', username: 'selftest' }
  const head = {
    id: commit,
    message: 'Selftest',
    timestamp: new Date().toISOString(),
    url: `${page}/commit/${commit}`,
    author: who,
    committer: who,
    added: [],
    removed: [],
    modified: ['Dockerfile'],
  }
  const repository = {
    name,
    full_name: path,
    private: false,
    owner: { name: owner, login: owner },
    html_url: page,
    url: page,
    clone_url: `${page}.git`,
    ssh_url: `git@127.0.0.1:${path}.git`,
    default_branch: 'main',
  }
  const body = JSON.stringify({
    ref: 'refs/heads/main',
    before: '0'.repeat(40),
    after: commit,
    repository,
    pusher: { name: who.username, email: who.email },
    sender: { login: who.username, id: 1, type: 'User' },
    created: true,
    deleted: false,
    forced: false,
    base_ref: null,
    compare: `${page}/compare/main`,
    commits: [head],
    head_commit: head,
  })
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'x-github-delivery': randomUUID(),
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
    },
  }
}
