import { z } from 'zod'
import { CommitId } from '../../job/event.ts'

const text = z.string().nullish()
const link = z.object({ href: text }).nullish()

const Commit = z.object({
  hash: CommitId,
  message: text,
  author: z.object({ raw: text, user: z.object({ nickname: text }).nullish() }).nullish(),
})
export type BitbucketCommit = z.infer<typeof Commit>

const Ref = z.object({ type: z.string().max(100), name: z.string(), target: Commit.nullish() })
export type BitbucketRef = z.infer<typeof Ref>

const Change = z.object({
  new: Ref.nullable(),
  old: Ref.nullable(),
  created: z.boolean().nullish(),
  forced: z.boolean().nullish(),
  truncated: z.boolean().nullish(),
  commits: z.array(Commit).nullish(),
  links: z.object({ html: link, diff: link }).nullish(),
})
export type BitbucketChange = z.infer<typeof Change>

/** What we read of a `repo:push` payload. @see Bitbucket Cloud documentation, "Event payloads", Push */
export const PushPayload = z.object({
  repository: z.object({
    full_name: z.string().min(1),
    links: z.object({ html: z.object({ href: z.string().min(1) }) }),
    is_private: z.boolean().nullish(),
    mainbranch: z.object({ name: text }).nullish(),
  }),
  actor: z.object({ display_name: text, nickname: text, account_id: text, uuid: text }).nullish(),
  push: z.object({ changes: z.array(Change).max(1000) }),
})
export type PushPayload = z.infer<typeof PushPayload>
