import { type Fault, LetterboxError } from '../../job/letterbox-error.ts'

/* The errors that every engine throws, whatever carries the containers. A `theirs` is the verdict on what was pushed or
 * configured; an `ours` is trouble of the machinery and may be retried. */

/** The engine does not answer, or went away in the middle of its work. */
export class EngineUnavailable extends LetterboxError {
  readonly code = 'ENGINE_UNAVAILABLE'
  readonly fault: Fault = 'ours'

  constructor(what: string, cause: unknown) {
    super(`the engine ${what}: ${cause instanceof Error ? cause.message : String(cause)}`, {
      hint: 'Is the Docker daemon running (`systemctl status docker`)? Its address is DOCKER_HOST, else /var/run/docker.sock, and the worker needs leave to use it.',
      cause,
    })
  }
}

/** The engine answered with an error that is not the user's doing. */
export class EngineFailed extends LetterboxError {
  readonly code: string = 'ENGINE_FAILED'
  readonly fault: Fault = 'ours'
}

export class EngineDiskFull extends EngineFailed {
  override readonly code = 'ENGINE_DISK_FULL'

  constructor(message: string) {
    super(`the engine's disk is full: ${message}`, {
      hint: "Free space below the engine's data folder (`docker system df`, `docker system prune`).",
    })
  }
}

/** The Dockerfile or what it runs failed: the verdict of a build step. */
export class ImageBuildFailed extends LetterboxError {
  readonly code = 'IMAGE_BUILD_FAILED'
  readonly fault: Fault = 'theirs'
  readonly dockerfile: string
  /** of the RUN that failed; null where no program was run */
  readonly exitCode: number | null
  /** the end of the builder's output, as it came: may hold secrets, so show the masked run log instead of this */
  readonly lastLines: readonly string[]

  constructor(facts: { dockerfile: string; reason: string; exitCode: number | null; lastLines: readonly string[] }) {
    super(`building ${facts.dockerfile} failed: ${facts.reason}`, { hint: 'The log shows what the builder said.' })
    this.dockerfile = facts.dockerfile
    this.exitCode = facts.exitCode
    this.lastLines = facts.lastLines
  }
}

export class BuildContextTooLarge extends LetterboxError {
  readonly code = 'BUILD_CONTEXT_TOO_LARGE'
  readonly fault: Fault = 'theirs'

  constructor(facts: { bytes: number; maxBytes: number; file: string }) {
    super(`the build context is larger than ${facts.maxBytes} bytes (${facts.bytes} bytes up to ${facts.file})`, {
      hint: 'Leave large files out by a .dockerignore.',
    })
  }
}

export class BuildContextUnreadable extends LetterboxError {
  readonly code = 'BUILD_CONTEXT_UNREADABLE'
  readonly fault: Fault = 'theirs'
}

/** BuildKit was asked for (by `builder:` or because the build has secrets) and the engine has none, or may not use it. */
export class BuildKitMissing extends LetterboxError {
  readonly code = 'BUILDKIT_MISSING'
  readonly fault: Fault = 'theirs'
}

/** A registry, or what it was asked for, refuses: wrong login, no such image. */
export class ImageRefused extends LetterboxError {
  readonly code = 'IMAGE_REFUSED'
  readonly fault: Fault = 'theirs'

  constructor(reference: string, reason: string) {
    super(`${reference} cannot be pulled: ${reason}`, {
      hint: 'Is the name right, and does an entry of `registries` with this address hold a username and password that may read it?',
    })
  }
}

/** An image that was built here is not on the engine any more. */
export class ImageMissing extends LetterboxError {
  readonly code = 'IMAGE_MISSING'
  readonly fault: Fault = 'ours'

  constructor(image: string) {
    super(`the engine no longer has the image ${image}`, {
      hint: 'It was removed after it was built (`docker image prune`?). Retry the run: it builds again.',
    })
  }
}

/** The engine refuses to make or start the container as the step asks for it. */
export class ContainerRefused extends LetterboxError {
  readonly code = 'CONTAINER_REFUSED'
  readonly fault: Fault = 'theirs'

  constructor(reason: string, cause: unknown) {
    super(`the container cannot be started: ${reason}`, {
      hint: 'Check `user`, `network`, `workdir`, `memory` and `cpus` of the step against the image and the engine.',
      cause,
    })
  }
}

/** A container of ours was stopped by somebody else, so that its exit code is no verdict. */
export class ContainerStopped extends LetterboxError {
  readonly code = 'CONTAINER_STOPPED'
  readonly fault: Fault = 'ours'

  constructor(id: string, signal: string) {
    super(`container ${id.slice(0, 12)} was stopped from outside (signal ${signal})`, {
      hint: 'Is the engine being restarted, or did somebody run `docker stop`, `kill` or `rm`?',
    })
  }
}

/** The registry knows us not, or does not let us write there. */
export class PushDenied extends LetterboxError {
  readonly code = 'PUSH_DENIED'
  readonly fault: Fault = 'theirs'

  constructor(reference: string, reason: string) {
    super(`the registry refuses ${reference}: ${reason}`, {
      hint: 'Check `username` and `password` of the registry in the config, and that this user may push to this name.',
    })
  }
}

/** The registry lets us in and still does not take the image. */
export class PushRefused extends LetterboxError {
  readonly code = 'PUSH_REFUSED'
  readonly fault: Fault = 'theirs'

  constructor(reference: string, reason: string) {
    super(`the registry does not take ${reference}: ${reason}`, {
      hint: 'The registry gives the reason; its own log may say more.',
    })
  }
}

/** The registry cannot be reached, or answers with an error of its own. */
export class RegistryUnavailable extends LetterboxError {
  readonly code = 'REGISTRY_UNAVAILABLE'
  readonly fault: Fault = 'ours'
  /** false where the next try cannot end otherwise, such as for an unknown certificate */
  readonly passing: boolean

  constructor(what: string, reason: string, options: { passing: boolean; hint: string }) {
    super(`the registry cannot be used for ${what}: ${reason}`, { hint: options.hint })
    this.passing = options.passing
  }
}

export class RegistryLoginFailed extends LetterboxError {
  readonly code = 'REGISTRY_LOGIN_FAILED'
  readonly fault: Fault = 'theirs'

  constructor(address: string, reason: string) {
    super(`the registry ${address} does not accept the login: ${reason}`, {
      hint: 'Check `username` and `password` of this registry in the config.',
    })
  }
}
