import type { Step } from '../../config/schema.ts'
import { renderTemplate } from '../../config/template.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import type { RegistryLogin, RunRequest } from '../engines/engine.ts'
import { factsEnvironment } from './environment.ts'
import type { Executor, StepContext } from './executor.ts'
import { parseImageReference } from './image-reference.ts'
import { registryLogin } from './registry-logins.ts'
import { builtImage } from './run-images.ts'
import { fileVariable, handSecrets } from './step-secrets.ts'
import { renderAll, stepVariables } from './step-variables.ts'

type TestStep = Extract<Step, { action: 'test' }>

export class TestOutOfMemory extends LetterboxError {
  readonly code = 'TEST_OUT_OF_MEMORY'
  readonly fault = 'theirs'
  readonly exitCode: number

  constructor(memoryBytes: number | null, exitCode: number) {
    const limit = memoryBytes === null ? 'its limit, `worker.limits.memory`' : `its limit of ${memoryBytes} bytes`
    super(`the test was ended because it wanted more memory than ${limit}`, {
      hint: 'Give the step a larger `memory`, or make the test need less.',
    })
    this.exitCode = exitCode
  }
}

export class CheckoutMissing extends LetterboxError {
  readonly code = 'CHECKOUT_MISSING'
  readonly fault = 'theirs'

  constructor(event: string) {
    super(`the test wants the checkout mounted, and a ${event} event has none`, {
      hint: 'Take `checkout` out of the step, or run it on push or tag.',
    })
  }
}

/** Runs a command in a container of the built or a named image. Its exit code is the verdict. */
export const test: Executor<TestStep> = async (step, context) => {
  const request = testRequest(step, context)
  const { exitCode, outOfMemory } = await context.engine.run(request, context.io)
  if (outOfMemory && exitCode !== 0) throw new TestOutOfMemory(request.memoryBytes, exitCode)
  return { exitCode, outputs: {} }
}

function testRequest({ with: options }: TestStep, context: StepContext): RunRequest {
  const { run, index } = context
  const handed = handSecrets(options.secrets, context)
  return {
    owner: { run: run.id, step: index, repository: run.repository },
    ...testImage(options.image ?? null, context),
    command: options.command,
    env: {
      CI: 'true',
      ...factsEnvironment(context.facts),
      ...renderAll(options.env, context),
      ...handed.environment,
      ...Object.fromEntries(handed.files.map(({ name, path }) => [fileVariable(name), path])),
    },
    user: options.user ?? null,
    workingFolder: options.workdir ?? null,
    memoryBytes: options.memory ?? null,
    cpus: options.cpus ?? null,
    pids: options.pids ?? null,
    network: options.network,
    mounts: mounts(options, context),
    files: Object.fromEntries(handed.files.map(({ path, content }) => [path, content])),
  }
}

/** A name that this run built means that very image; any other is pulled where the engine does not have it. */
function testImage(template: string | null, context: StepContext): { image: string; registries: RegistryLogin[] } {
  if (template === null) return { image: builtImage(context.images, null).imageId, registries: [] }
  const reference = renderTemplate(template, stepVariables(context))
  const built = context.images.findLast((image) => image.name === reference)
  if (built) return { image: built.imageId, registries: [] }
  const address = parseImageReference(reference).registry ?? 'docker.io'
  const registry = Object.values(context.config.registries).find((one) => one.address === address)
  const login = registry ? registryLogin(registry, context.secret) : null
  return { image: reference, registries: login ? [login] : [] }
}

function mounts(options: TestStep['with'], { workspace, facts }: StepContext): RunRequest['mounts'] {
  if (options.checkout === 'none') return []
  if (workspace === null) throw new CheckoutMissing(facts.event.type)
  return [{ source: workspace.path, target: options.checkoutPath, readOnly: options.checkout === 'read-only' }]
}
