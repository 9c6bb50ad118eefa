import { z } from 'zod'
import { Event, EventType } from './event.ts'

export const RunState = z.enum(['queued', 'running', 'succeeded', 'failed', 'canceled', 'skipped'])
export type RunState = z.infer<typeof RunState>

/** A step has the states of a run; `pending` steps of a queued run are `queued`. */
export const StepState = RunState
export type StepState = RunState

export const Action = z.enum(['build', 'test', 'push', 'deploy', 'site', 'script'])
export type Action = z.infer<typeof Action>

/** What a step leaves behind for people and later steps; absent keys are null. */
export const StepOutputs = z.strictObject({
  /** image name without tag, e.g. `acme/shop` */
  image: z.string().nullable().default(null),
  /** the engine's id of the built image, `sha256:…` */
  imageId: z.string().nullable().default(null),
  /** manifest digest in the registry, `sha256:…` */
  digest: z.string().nullable().default(null),
  /** full references pushed, `registry/name:tag` */
  tags: z.array(z.string()).default([]),
  versionLabel: z.string().nullable().default(null),
  address: z.string().nullable().default(null),
  /** health of the environment when a deploy ended, as AWS names it, e.g. `Green` */
  health: z.string().nullable().default(null),
})
export type StepOutputs = z.infer<typeof StepOutputs>

export const StepError = z.strictObject({ code: z.string(), message: z.string(), hint: z.string().nullable() })
export type StepError = z.infer<typeof StepError>

export const RunStep = z.strictObject({
  index: z.int().nonnegative(),
  action: Action,
  name: z.string(),
  state: StepState,
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  exitCode: z.int().nullable(),
  error: StepError.nullable(),
  outputs: StepOutputs,
  /** id of the run that carried this step out, when a `retry --from` took it over; else null */
  takenFrom: z.string().nullable(),
})
export type RunStep = z.infer<typeof RunStep>

/** One execution of one trigger for one event, as `show --json` and the API print it. Times are ISO 8601 UTC. */
export const Run = z.strictObject({
  /** ULID */
  id: z.string(),
  /** counts up per repository from 1 */
  number: z.int().positive(),
  /** id of the job file that caused it */
  job: z.string(),
  /** `host/path` */
  repository: z.string(),
  event: EventType,
  ref: z.string().nullable(),
  branch: z.string().nullable(),
  tag: z.string().nullable(),
  /** for a request without one it is null until the remote was asked */
  commit: z.string().nullable(),
  message: z.string().nullable(),
  author: z.string().nullable(),
  /** name of the trigger */
  trigger: z.string(),
  state: RunState,
  /** why it ended so; null while it has not ended, and for a plain success */
  reason: z.string().nullable(),
  /** 1, and one more for each `retry` of the same event and trigger */
  attempt: z.int().positive(),
  queuedAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
  steps: z.array(RunStep),
})
export type Run = z.infer<typeof Run>

/** What the worker needs beside the public record to carry a run out, also after a restart. */
export const RunPlan = z.strictObject({
  /** digest of the config snapshot that the run was planned with */
  config: z.string(),
  /** key in `repositories` */
  repositoryKey: z.string(),
  /** index in that repository's `triggers` */
  triggerIndex: z.int().nonnegative(),
  event: Event,
  /** how the first attempt was asked for, where a person or the clock did; absent for deliveries */
  source: z.enum(['api', 'cli', 'schedule']).optional(),
  /** who asked for it wants a deploy to go back to an older commit */
  backwards: z.boolean().optional(),
})
export type RunPlan = z.infer<typeof RunPlan>
