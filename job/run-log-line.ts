import { z } from 'zod'

/** One line of a run log (`state/logs/<run>.ndjson`). */
export const RunLogLine = z.strictObject({
  /** ISO 8601 UTC with milliseconds */
  time: z.string(),
  /** index of the step; null for what the run itself says (source, planning, end) */
  step: z.int().nonnegative().nullable(),
  stream: z.enum(['stdout', 'stderr', 'letterbox']),
  /** one line without its line end; secrets masked as `***`, cut at the line cap with a mark */
  text: z.string(),
})
export type RunLogLine = z.infer<typeof RunLogLine>
