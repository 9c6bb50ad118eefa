import { z } from 'zod'

/** What happened, in the forges' common words. */
export const EventType = z.enum([
  'push',
  'tag',
  'branch_deleted',
  'tag_deleted',
  'pull_request',
  'pull_request_closed',
  'release',
  'manual',
  'schedule',
])
export type EventType = z.infer<typeof EventType>

/** A full object id: 40 lower-case hex digits (64 for SHA-256 repositories). */
export const CommitId = z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/, 'not a full commit id')

const text = (max: number) => z.string().max(max)

const Person = z.strictObject({
  name: text(1000).nullable(),
  email: text(1000).nullable(),
  login: text(1000).nullable(),
})
export type Person = z.infer<typeof Person>

/** The repository as the payload names it. `path` may have more than two parts (GitLab groups).
 *  Its addresses are for people to read: what is cloned is built from the config alone. */
export const EventRepository = z.strictObject({
  host: text(300),
  path: text(1000),
  name: text(300),
  url: text(2000),
  cloneUrl: text(2000).nullable(),
  sshUrl: text(2000).nullable(),
  defaultBranch: text(1000).nullable(),
  private: z.boolean().nullable(),
})
export type EventRepository = z.infer<typeof EventRepository>

const PullRequest = z.strictObject({
  number: z.int().positive(),
  title: text(10_000),
  base: text(1000),
  head: text(1000),
  fork: z.boolean(),
})

/** A neutral fact read from a delivery. Unknown facts are `null`, never missing.
 *  `before`/`commit` are null instead of forty zeros. A tag push is `tag`, never `push`.
 *  Strings keep what the forge said (cut to a length): every sink escapes for itself. */
export const Event = z.strictObject({
  type: EventType,
  repository: EventRepository,
  /** full name, `refs/heads/feature/a` */
  ref: text(1100).nullable(),
  branch: text(1000).nullable(),
  tag: text(1000).nullable(),
  commit: CommitId.nullable(),
  before: CommitId.nullable(),
  created: z.boolean().nullable(),
  forced: z.boolean().nullable(),
  /** of the head commit */
  message: text(65_536).nullable(),
  author: Person.nullable(),
  /** who pushed, as the forge says it */
  sender: Person.nullable(),
  /** the forge's own fixed id of the sender, where a name can be changed to somebody else's (Bitbucket) */
  senderId: text(200).nullable().optional(),
  /** as delivered, in the forge's order, at most 50 */
  commits: z.array(z.strictObject({ id: CommitId, message: text(65_536), author: Person.nullable() })).max(50),
  /** null where the forge does not say */
  changedFiles: z.array(text(4096)).nullable(),
  pullRequest: PullRequest.nullable(),
  link: text(2000).nullable(),
})
export type Event = z.infer<typeof Event>
