/** How much of a payload an event carries (characters, entries). The rest stays readable in the raw body. */
export const bounds = {
  message: 65_536,
  /** messages of the listed commits, which are up to fifty */
  commitMessage: 4096,
  commits: 50,
  /** beyond these the list of changed files is dropped whole: half a list would be a lie */
  changedFiles: 10_000,
  changedFilesChars: 1_000_000,
  filePath: 4096,
} as const
