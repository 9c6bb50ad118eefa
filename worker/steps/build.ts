import { relative } from 'node:path'
import type { Step } from '../../config/schema.ts'
import { renderTemplate } from '../../config/template.ts'
import { failpoint } from '../../job/failpoint.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import { searchImage } from '../secrets/search-image.ts'
import type { Workspace } from '../source/source-port.ts'
import { withBuildSource } from './build-source.ts'
import { confine, PathOutsideWorkspace } from './confine.ts'
import type { Executor, StepContext } from './executor.ts'
import { imageLabels } from './image-labels.ts'
import { parseImageName } from './image-reference.ts'
import { registryLogins } from './registry-logins.ts'
import { handSecrets } from './step-secrets.ts'
import { stepVariables } from './step-variables.ts'

type BuildStep = Extract<Step, { action: 'build' }>

export class NothingToBuild extends LetterboxError {
  readonly code = 'NOTHING_TO_BUILD'
  readonly fault = 'theirs'

  constructor(event: string) {
    super(`a build needs a checkout, and a ${event} event has none`, {
      hint: 'Build on push or tag, or give the build step a `source` of its own.',
    })
  }
}

/** Builds an image from the checkout, or from another repository where the step has a `source`. */
export const build: Executor<BuildStep> = (step, context) =>
  withBuildSource(step.with.source ?? null, context, async (workspace, repositoryUrl) => {
    if (workspace === null) throw new NothingToBuild(context.facts.event.type)
    const name = parseImageName(renderTemplate(step.with.image, stepVariables(context)))
    const { imageId } = await buildFrom(step, context, workspace, { name, repositoryUrl })
    failpoint('image-built')
    await proveClean({ imageId, name, layers: step.with.scan === 'layers' }, context)
    context.images.push({ step: context.index, name, imageId })
    context.io.say(`built ${name}, ${imageId}`)
    return { exitCode: null, outputs: { image: name, imageId } }
  })

/** Before any later step can know the image: what is not told of cannot be pushed. */
async function proveClean(
  image: { imageId: string; name: string; layers: boolean },
  { engine, secrets, io }: StepContext,
): Promise<void> {
  const search = secrets.search()
  if (search !== null) await searchImage(engine, search, image, io.signal)
}

async function buildFrom(
  { with: options }: BuildStep,
  context: StepContext,
  workspace: Workspace,
  built: { name: string; repositoryUrl: string },
) {
  const { run, index, engine, io } = context
  const paths = await buildPaths(workspace.path, options)
  const request = {
    owner: { run: run.id, step: index, repository: run.repository },
    ...paths,
    reference: `${built.name}:${run.id.toLowerCase()}-${index}`,
    target: options.target ?? null,
    args: options.args,
    labels: imageLabels(context, { commit: workspace.commit, repositoryUrl: built.repositoryUrl }),
    platform: options.platform ?? null,
    pull: options.pull,
    noCache: options.noCache,
    secrets: handSecrets(options.secrets, context).mounts,
    registries: registryLogins(context),
    builder: options.builder,
    memoryBytes: options.memory ?? null,
  }
  return engine.build(request, io)
}

/** Both by their real paths: a link in the repository may lead around in it, never out. The Dockerfile must lie in the
 *  context, for the engine sees nothing else. */
async function buildPaths(workspacePath: string, options: BuildStep['with']) {
  const contextPath = await confine(workspacePath, options.context, 'folder')
  const file = await confine(contextPath, options.dockerfile, 'file').catch((error) => {
    if (!(error instanceof PathOutsideWorkspace)) throw error
    throw new PathOutsideWorkspace(
      options.dockerfile,
      `the Dockerfile must lie in the build context, ${options.context}`,
    )
  })
  return { contextPath, dockerfile: relative(contextPath, file) }
}
