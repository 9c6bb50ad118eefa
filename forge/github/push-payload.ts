import { z } from 'zod'
import { CommitId } from '../../job/event.ts'

const text = z.string().nullish()
const paths = z.array(z.string()).nullish()

const Commit = z.object({
  id: CommitId,
  message: text,
  author: z.object({ name: text, email: text, username: text }).nullish(),
  added: paths,
  removed: paths,
  modified: paths,
})
export type GitHubCommit = z.infer<typeof Commit>

/** What we read of a `push` payload. @see GitHub documentation, "Webhook events and payloads", push */
export const PushPayload = z.object({
  ref: z.string().min(1),
  before: CommitId,
  after: CommitId,
  created: z.boolean().nullish(),
  deleted: z.boolean().nullish(),
  forced: z.boolean().nullish(),
  compare: text,
  size: z.int().nullish(),
  commits: z.array(Commit).nullish(),
  head_commit: Commit.nullish(),
  repository: z.object({
    full_name: z.string().min(1),
    html_url: z.string().min(1),
    clone_url: text,
    ssh_url: text,
    default_branch: text,
    private: z.boolean().nullish(),
  }),
  pusher: z.object({ name: text, email: text }).nullish(),
  sender: z.object({ login: text }).nullish(),
})
export type PushPayload = z.infer<typeof PushPayload>
