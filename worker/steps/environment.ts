import type { RunFacts } from '../source/source-port.ts'

const MAX_MESSAGE_BYTES = 4096

/** What a run tells tests and scripts, as environment variables. What the event does not say is left out, so that
 *  `${LETTERBOX_TAG:-none}` works. Values are forge text: data, never code. */
export function factsEnvironment(facts: RunFacts): Record<string, string> {
  const { run, event, workspace } = facts
  const { repository } = event
  const commit = workspace?.commit ?? facts.commit ?? event.commit
  const slash = repository.path.lastIndexOf('/')
  const author = event.author ?? workspace?.author ?? null
  return named({
    REPOSITORY: `${repository.host}/${repository.path}`,
    REPOSITORY_HOST: repository.host,
    REPOSITORY_PATH: repository.path,
    REPOSITORY_OWNER: slash === -1 ? null : repository.path.slice(0, slash),
    REPOSITORY_NAME: repository.name,
    REPOSITORY_URL: repository.url,
    EVENT: event.type,
    REF: event.ref,
    BRANCH: event.branch,
    TAG: event.tag,
    VERSION: event.tag?.replace(/^v/, '') ?? null,
    COMMIT: commit,
    SHORT_COMMIT: commit?.slice(0, 12) ?? null,
    BEFORE: event.before,
    MESSAGE: event.message ?? workspace?.message ?? null,
    AUTHOR_NAME: author?.name ?? null,
    AUTHOR_EMAIL: author?.email ?? null,
    SENDER: event.sender?.login ?? event.sender?.name ?? null,
    PULL_REQUEST: event.pullRequest === null ? null : String(event.pullRequest.number),
    RUN: run.id,
    RUN_NUMBER: String(run.number),
  })
}

function named(facts: Record<string, string | null>): Record<string, string> {
  const environment: Record<string, string> = {}
  for (const [name, value] of Object.entries(facts)) {
    const clean = value === null ? '' : cut(value.replaceAll('\0', ''))
    if (clean !== '') environment[`LETTERBOX_${name}`] = clean
  }
  return environment
}

/** To 4 KiB of UTF-8, never through the middle of a character. */
function cut(text: string): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= MAX_MESSAGE_BYTES) return text
  return new TextDecoder().decode(bytes.subarray(0, MAX_MESSAGE_BYTES), { stream: true })
}
