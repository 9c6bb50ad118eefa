/** Why a running run is told to stop; the `reason` of its AbortSignal. */
export type StopReason =
  | { kind: 'canceled'; by: string }
  /** a newer push of the same branch and trigger, whose trigger says `supersede: running` */
  | { kind: 'superseded'; by: string }
  | { kind: 'time-limit'; limitMs: number }
  /** the worker ends: the run stays open and the next start goes on with it */
  | { kind: 'worker-stops' }

/** The reason of a signal that only we abort; null while it has not fired. */
export function stopReason(signal: AbortSignal): StopReason | null {
  if (!signal.aborted) return null
  const reason: unknown = signal.reason
  if (isStopReason(reason)) return reason
  return { kind: 'worker-stops' }
}

function isStopReason(value: unknown): value is StopReason {
  return typeof value === 'object' && value !== null && 'kind' in value
}
