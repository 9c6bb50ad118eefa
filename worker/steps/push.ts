import type { Step } from '../../config/schema.ts'
import { renderTemplate } from '../../config/template.ts'
import { LetterboxError } from '../../job/letterbox-error.ts'
import type { PushRequest } from '../engines/engine.ts'
import type { Executor, StepContext } from './executor.ts'
import { checkImageTag, parseImageName } from './image-reference.ts'
import { registryLogin } from './registry-logins.ts'
import { builtImage } from './run-images.ts'
import { stepVariables } from './step-variables.ts'

type PushStep = Extract<Step, { action: 'push' }>

export class RegistryNotConfigured extends LetterboxError {
  readonly code = 'REGISTRY_NOT_CONFIGURED'
  readonly fault = 'theirs'

  constructor(name: string, known: string[]) {
    super(`the config has no registry "${name}"`, { hint: `Known in \`registries\`: ${known.join(', ') || 'none'}.` })
  }
}

/** Pushes an image of this run under each tag. After a crash it first asks the registry whether a tag is there already. */
export const push: Executor<PushStep> = async ({ with: options }, context) => {
  const variables = stepVariables(context)
  const wanted = options.image === undefined ? null : renderTemplate(options.image, variables)
  const image = builtImage(context.images, wanted)
  const tags = new Set(options.tags.map((template) => checkImageTag(renderTemplate(template, variables))))
  const { address, login } = registryOf(options.registry, context)
  const name = `${address}/${parseImageName(image.name)}`

  let digest: string | null = null
  const references: string[] = []
  for (const tag of tags) {
    context.io.signal.throwIfAborted()
    digest = await pushTag({ imageId: image.imageId, name, tag, registry: login }, context)
    references.push(`${name}:${tag}`)
  }
  if (digest !== null) context.pushed.push({ step: context.index, name, digest })
  return { exitCode: null, outputs: { image: name, digest, tags: references } }
}

async function pushTag(request: PushRequest, { engine, io, resumed }: StepContext): Promise<string> {
  const reference = `${request.name}:${request.tag}`
  const there = resumed ? await engine.pushed(request, io.signal) : null
  if (there !== null) {
    io.say(`${reference} is there already, ${there}`)
    return there
  }
  const { digest } = await engine.push(request, io)
  io.say(`pushed ${reference}, ${digest}`)
  return digest
}

function registryOf(name: string, { config, secret }: StepContext) {
  const registry = Object.hasOwn(config.registries, name) ? config.registries[name] : undefined
  if (registry === undefined) throw new RegistryNotConfigured(name, Object.keys(config.registries))
  return { address: registry.address, login: registryLogin(registry, secret) }
}
