/** What Letterbox writes into a version's description, to recognise it later: from which commit, with which content
 *  (the bundle without the digest of a rebuilt image), and what was live before. */
export type VersionNote = { commit: string; content: string; previous: string | null }

const PATTERN = /^letterbox commit=([0-9a-f]{40}) content=([0-9a-f]{16})(?: previous=(.{1,100}))?$/s

/** At most 200 characters, as AWS wants: 81 and a label. */
export function writeVersionNote({ commit, content, previous }: VersionNote): string {
  const before = previous === null ? '' : ` previous=${previous}`
  return `letterbox commit=${commit} content=${content.slice(0, 16)}${before}`
}

/** null: a description that is not ours. */
export function readVersionNote(description: string | null): VersionNote | null {
  const found = PATTERN.exec(description ?? '')
  const [, commit, content, previous = null] = found ?? []
  return commit === undefined || content === undefined ? null : { commit, content, previous }
}
