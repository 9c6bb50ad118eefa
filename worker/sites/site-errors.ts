import { type Fault, LetterboxError } from '../../job/letterbox-error.ts'

/** The host name is none, or one that no site may have. */
export class SiteHostRefused extends LetterboxError {
  readonly code = 'SITE_HOST_REFUSED'
  readonly fault: Fault = 'theirs'

  constructor(host: string, why: string) {
    super(`${JSON.stringify(host.slice(0, 300))} cannot be the host name of a site: ${why}`, {
      hint: 'For text from a branch or tag write {{ branch | slug }}: it makes one part of a host name. What is reserved stands in docs/deploying.md.',
    })
  }
}

/** Another repository or branch has this host name. */
export class SiteTaken extends LetterboxError {
  readonly code = 'SITE_TAKEN'
  readonly fault: Fault = 'theirs'

  constructor(host: string, owner: { repository: string; ref: string }) {
    super(`${host} is the site of ${owner.repository}, ${owner.ref}`, {
      hint: `Give each its own name, for example by {{ branch | slug }} and {{ repository.name }}. \`letterbox site remove ${host}\` frees this one.`,
    })
  }
}

/** The new container ended, or did not answer well in time: the former one, if any, still serves. */
export class SiteUnhealthy extends LetterboxError {
  readonly code = 'SITE_UNHEALTHY'
  readonly fault: Fault = 'theirs'

  constructor(host: string, reason: string, former: boolean) {
    super(`the new container of ${host} is not fit to serve: ${reason}${former ? '; the former one stays' : ''}`, {
      hint: 'Its last words stand in the log. Does it listen on `port`, on all its addresses? Does `health` ask the right path and wait long enough?',
    })
  }
}

export class SiteUnknown extends LetterboxError {
  readonly code = 'SITE_UNKNOWN'
  readonly fault: Fault = 'theirs'

  constructor(host: string) {
    super(`there is no site ${host}`, { hint: '`letterbox sites` lists them.' })
  }
}

export class NoFormerImage extends LetterboxError {
  readonly code = 'NO_FORMER_IMAGE'
  readonly fault: Fault = 'theirs'

  constructor(host: string, why: string) {
    super(`${host} cannot go back: ${why}`, { hint: 'Push the older commit, or trigger its branch, to build it anew.' })
  }
}

/** A site belongs to a branch or a tag. */
export class SiteWithoutRef extends LetterboxError {
  readonly code = 'SITE_WITHOUT_REF'
  readonly fault: Fault = 'theirs'

  constructor(event: string) {
    super(`a ${event} event names no branch and no tag, and a site belongs to one`)
  }
}
