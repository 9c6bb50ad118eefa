import { findRepository } from '../../config/match.ts'
import type { Step } from '../../config/schema.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { cloneTarget } from '../source/clone-target.ts'
import type { Workspace } from '../source/source-port.ts'
import type { StepContext } from './executor.ts'

type BuildSource = NonNullable<Extract<Step, { action: 'build' }>['with']['source']>

export class BuildSourceGone extends LetterboxError {
  readonly code = 'BUILD_SOURCE_GONE'
  readonly fault = 'theirs'

  constructor(source: BuildSource, reason: string) {
    super(`${source.repository} cannot be built from: ${reason}`, {
      hint: "Check `branch` or `tag` of the build step's `source`.",
    })
  }
}

/** Gives what is built from: the run's own checkout, or a checkout of the other repository that the step names, which
 *  is removed afterwards. */
export async function withBuildSource<T>(
  source: BuildSource | null,
  context: StepContext,
  work: (workspace: Workspace | null, repositoryUrl: string) => Promise<T>,
): Promise<T> {
  if (source === null) return work(context.workspace, context.facts.event.repository.url)
  const workspace = await fetchOther(source, context)
  try {
    return await work(workspace, `https://${source.repository}`)
  } finally {
    await workspace.remove()
  }
}

async function fetchOther(source: BuildSource, context: StepContext): Promise<Workspace> {
  const { config, run, secret, io } = context
  const entry = findRepository(config, source.repository)?.repository ?? null
  const target = cloneTarget(config, source.repository, entry, secret)
  const fetched = await context.source.fetch({ run: run.id, target, ref: refOf(source), commit: null }, io)
  if (fetched.kind === 'gone') throw new BuildSourceGone(source, fetched.reason)
  return fetched.workspace
}

function refOf({ branch, tag }: BuildSource): string {
  if (tag !== undefined) return `refs/tags/${tag}`
  return branch === undefined ? 'HEAD' : `refs/heads/${branch}`
}
