import {
  type EngineDiskFull,
  EngineUnavailable,
  ImageBuildFailed,
  ImageRefused,
  type RegistryUnavailable,
} from '../engine-errors.ts'
import { registryFailure, registryTrouble } from './registry-failure.ts'

/** How a builder said that it failed. */
export type BuildFailure = { message: string; code: number | null }

/** A failed RUN is told with its whole text, which may be long; its end holds the exit code. */
const MAX_REASON_CHARS = 2000
const EXIT_CODE = /(?:exit code: |returned a non-zero code: )(\d+)/
const BUILDER_GONE =
  /context canceled|code = (?:Unavailable|Canceled)|no active sessions?|transport is closing|daemon is shutting down/i
const BASE_IMAGE =
  /HTTP request to an HTTPS server|pull access denied|manifest (?:for \S+ )?(?:unknown|not found)|manifest unknown|(?:failed to create LLB definition|failed to solve): (?:\S+: )?\S+: not found|failed to resolve source metadata|no basic auth credentials|authentication required|authorization failed|insufficient_scope|\b40[13] (?:Unauthorized|Forbidden)/i

/** Tells whose fault a failed build is: the Dockerfile's and its programs', the base image's, or the machinery's. */
export function buildVerdict(
  failure: BuildFailure,
  facts: { dockerfile: string; lastLines: readonly string[] },
): ImageBuildFailed | ImageRefused | RegistryUnavailable | EngineDiskFull | EngineUnavailable {
  const reason = readable(failure.message)
  const exitCode = failure.code ?? exitCodeIn(failure.message)
  const failed = new ImageBuildFailed({ ...facts, reason, exitCode })
  if (exitCode !== null) return failed
  if (BUILDER_GONE.test(reason)) return new EngineUnavailable('stopped building', reason)
  const trouble = registryTrouble('a base image', reason)
  if (trouble) return trouble
  const refused = ['denied', 'missing'].includes(registryFailure(reason)) && BASE_IMAGE.test(failure.message)
  return refused ? new ImageRefused('a base image', reason) : failed
}

function exitCodeIn(message: string): number | null {
  const match = EXIT_CODE.exec(message)
  return match?.[1] === undefined ? null : Number(match[1])
}

/** Without the builder's inner words, which tell a reader nothing. */
function readable(message: string): string {
  const inner =
    /^(?:failed to solve(?: with frontend \S+)?: |failed to create LLB definition: |rpc error: code = Unknown desc = )+/
  const reason = message.replace(inner, '').trim()
  return reason.length > MAX_REASON_CHARS
    ? `${reason.slice(0, MAX_REASON_CHARS - 300)} … ${reason.slice(-300)}`
    : reason
}
