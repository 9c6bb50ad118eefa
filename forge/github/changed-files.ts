import { bounds } from '../event-bounds.ts'
import type { GitHubCommit, PushPayload } from './push-payload.ts'

/** GitHub lists at most this many commits of a push. */
const COMMIT_CAP = 2048
/** GitHub shows at most this many files of one commit. */
const FILES_PER_COMMIT_CAP = 3000

/** The union of what the listed commits touch, or null where that could leave a changed file out: a path filter that
 *  trusted half a list would skip a push it should have run. */
export function changedFiles(push: PushPayload): string[] | null {
  const commits = push.commits ?? []
  if (commits.length === 0 || commits.length >= COMMIT_CAP) return null
  if (push.size != null && push.size !== commits.length) return null
  // the listed commits are not the whole difference to what stood there before
  if (push.forced !== false || push.created !== false) return null
  const files = new Set<string>()
  for (const commit of commits) {
    const touched = touchedFiles(commit)
    if (touched === null) return null
    for (const file of touched) files.add(file.toWellFormed())
  }
  return listable(files) ? [...files].sort() : null
}

function touchedFiles({ added, removed, modified }: GitHubCommit): string[] | null {
  if (!added || !removed || !modified) return null
  const touched = [...added, ...removed, ...modified]
  return touched.length < FILES_PER_COMMIT_CAP ? touched : null
}

/** An empty union proves nothing: GitHub lists no files for some merges. */
function listable(files: Set<string>): boolean {
  if (files.size === 0 || files.size > bounds.changedFiles) return false
  let chars = 0
  for (const file of files) {
    if (file.length > bounds.filePath) return false
    chars += file.length
  }
  return chars <= bounds.changedFilesChars
}
