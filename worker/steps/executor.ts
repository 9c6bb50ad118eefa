import type { Config, Repository, Step } from '../../config/schema.ts'
import type { Run, StepOutputs } from '../../job/run.ts'
import type { ConnectAws } from '../deploy/aws-port.ts'
import type { Engine, StepIO } from '../engines/engine.ts'
import type { RunSecrets } from '../secrets/run-secrets.ts'
import type { RunFacts, Source, Workspace } from '../source/source-port.ts'

/** An image that this run has built, in the order of building. */
export type RunImage = { step: number; name: string; imageId: string }

/** An image that this run has pushed: `registry/name` and its manifest digest, in the order of pushing. */
export type PushedImage = { step: number; name: string; digest: string }

/** All that an executor may use. The run keeps the config it was planned with. */
export type StepContext = {
  run: Run
  index: number
  facts: RunFacts
  config: Config
  repositoryKey: string
  repository: Repository
  workspace: Workspace | null
  images: RunImage[]
  pushed: PushedImage[]
  engine: Engine
  source: Source
  connectAws: ConnectAws
  io: StepIO
  /** what this step has said before, as far as the log's end reaches back: also in an earlier life of the worker */
  earlierLines(): string[]
  /** who asked for this run wants to go back to an older commit */
  backwards: boolean
  /** true when an earlier life of the worker had begun this step: effects must first ask whether they are there */
  resumed: boolean
  /** Resolves a secret reference and tells the run log to mask it. @throws SecretMissing, SecretEmpty */
  secret(ref: { env: string } | { file: string }): string
  /** which secrets steps of this run may have and have */
  secrets: RunSecrets
}

/** How a step ended well or by its own verdict; trouble is thrown as a LetterboxError. */
export type StepEnd = { exitCode: number | null; outputs: Partial<StepOutputs> }

/** Carries out one step. A verdict against the user's code is an exitCode other than 0; infrastructure trouble and
 *  configuration mistakes are thrown. Must obey `context.io.signal`. */
export type Executor<S extends Step> = (step: S, context: StepContext) => Promise<StepEnd>
