import { LetterboxError } from '../../job/letterbox-error.ts'
import type { StepOutputs } from '../../job/run.ts'

abstract class DeployError extends LetterboxError {
  readonly fault = 'theirs'
}

export class ApplicationMissing extends DeployError {
  readonly code = 'APPLICATION_MISSING'

  constructor(application: string, region: string) {
    super(`Elastic Beanstalk has no application ${JSON.stringify(application)} in ${region}`, {
      hint: 'Is the region the right one? Create the application, or write `createApplication: true`.',
    })
  }
}

export class EnvironmentMissing extends DeployError {
  readonly code = 'ENVIRONMENT_MISSING'

  constructor(environment: string, application: string) {
    super(`the application ${application} has no environment ${JSON.stringify(environment)}`, {
      hint: 'Create it, or write `platform` or `solutionStack`: then a missing environment is created.',
    })
  }
}

export class EnvironmentTerminated extends DeployError {
  readonly code = 'ENVIRONMENT_TERMINATED'

  constructor(environment: string, lastEvent: string | null) {
    super(`the environment ${environment} is terminated${lastEvent === null ? '' : `: ${lastEvent}`}`, {
      hint: 'Look at its events in the AWS console; a new one of that name can be created when it is gone.',
    })
  }
}

export class EnvironmentBusy extends DeployError {
  readonly code = 'ENVIRONMENT_BUSY'

  constructor(environment: string, status: string, waitMs: number) {
    super(`the environment ${environment} was still ${status} after ${seconds(waitMs)}; nothing was deployed`, {
      hint: 'Another change of the environment is going on: wait for its end, then `letterbox retry`; or raise `wait`.',
    })
  }
}

export class VersionLabelInvalid extends DeployError {
  readonly code = 'VERSION_LABEL_INVALID'

  constructor(label: string, why: string) {
    super(`${JSON.stringify(label.slice(0, 200))} is no version label: ${why}`, {
      hint: 'A version label has 1 to 100 characters, no / and no blanks around it. For text from a branch write {{ branch | slug }}.',
    })
  }
}

export class VersionLabelTaken extends DeployError {
  readonly code = 'VERSION_LABEL_TAKEN'

  constructor(label: string, application: string, madeFrom: string | null) {
    const other = madeFrom === null ? 'not by Letterbox' : `from commit ${madeFrom}`
    super(`the version ${label} of ${application} exists with another bundle (made ${other})`, {
      hint: 'A version label stands for one bundle. Tag anew, or put {{ shortCommit }} into `versionLabel`; a moved tag does not change what is deployed.',
    })
  }
}

export class BundleInvalid extends DeployError {
  readonly code = 'BUNDLE_INVALID'

  constructor(why: string, hint = 'Compare the bundle with docs/deploying.md; the lines above are what AWS said.') {
    super(why, { hint })
  }
}

export class BundleTooLarge extends DeployError {
  readonly code = 'BUNDLE_TOO_LARGE'

  constructor(maxBytes: number) {
    super(`the bundle is larger than ${maxBytes / 1024 ** 2} MB, which AWS does not take`, {
      hint: 'Deploy the image with `template: dockerrun-v1`, or take large files out of the repository.',
    })
  }
}

export class NothingToDeploy extends DeployError {
  readonly code = 'NOTHING_TO_DEPLOY'

  constructor(why: string) {
    super(why, { hint: 'Put a Dockerrun.aws.json or docker-compose.yml into the repository, or write `template`.' })
  }
}

export class NoImagePushed extends DeployError {
  readonly code = 'NO_IMAGE_PUSHED'

  constructor(wanted: string | null, pushed: string[]) {
    super(wanted === null ? 'no step before this one pushed an image' : `this run pushed no image ${wanted}`, {
      hint: `Put a push step before the deploy. Pushed so far: ${pushed.join(', ') || 'nothing'}.`,
    })
  }
}

export class DeployBackwards extends DeployError {
  readonly code = 'DEPLOY_BACKWARDS'

  constructor(facts: { environment: string; commit: string; live: string; liveLabel: string }) {
    super(
      `${facts.commit.slice(0, 12)} is older than what is live on ${facts.environment}: ${facts.liveLabel}, commit ${facts.live.slice(0, 12)}`,
      {
        hint: 'To go back on purpose: `letterbox trigger … --tag … --rollback`, or `allowBackwards: true` in the deploy step.',
      },
    )
  }
}

export type DeployOutputs = Pick<StepOutputs, 'versionLabel' | 'address' | 'health'>

/** The new version did not get well; `after` says what became of the environment. The outputs say what is live now. */
export class EnvironmentUnhealthy extends DeployError {
  readonly code: 'ENVIRONMENT_UNHEALTHY' | 'DEPLOY_FAILED' | 'DEPLOY_TIMEOUT'
  readonly outputs: DeployOutputs

  constructor(facts: {
    code: EnvironmentUnhealthy['code']
    why: string
    after: string
    outputs: DeployOutputs
    hint: string
  }) {
    super(`${facts.why}; ${facts.after}`, { hint: facts.hint })
    this.code = facts.code
    this.outputs = facts.outputs
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}
