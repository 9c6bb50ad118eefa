/** Who has a host name: a repository and one of its branches, or its tags together. */
export type SiteOwner = { repository: string; ref: string }

/** Two branches never share a name. Tags of one repository do: a newer tag is the next version of the same thing. */
export function sameOwner(a: SiteOwner, b: SiteOwner): boolean {
  if (a.repository !== b.repository) return false
  return a.ref === b.ref || (isTag(a.ref) && isTag(b.ref))
}

function isTag(ref: string): boolean {
  return ref.startsWith('refs/tags/')
}
