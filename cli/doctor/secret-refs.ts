import type { Config, Repository, SecretRef, Step } from '../../config/schema.ts'

/** Every secret that the config names, each once. */
export function secretRefs(config: Config): SecretRef[] {
  const refs = [
    ...Object.values(config.registries).map(({ password }) => password),
    config.mail?.smtp.url,
    ...Object.values(config.forges).flatMap(({ token, sshKey }) => [token, sshKey]),
    ...Object.values(config.repositories).flatMap(repositoryRefs),
  ].filter((ref) => ref !== undefined)
  return [...new Map(refs.map((ref) => [JSON.stringify(ref), ref])).values()]
}

function repositoryRefs({ secret, sshKey, secrets, triggers }: Repository): (SecretRef | undefined)[] {
  const steps = triggers.flatMap((trigger) => trigger.steps)
  return [secret, sshKey, ...Object.values(secrets), ...steps.flatMap(stepRefs)].flat()
}

/** Secrets written in place; names in a list stand for those of the repository. */
function stepRefs(step: Step): SecretRef[] {
  if (!('secrets' in step.with) || Array.isArray(step.with.secrets)) return []
  return Object.values(step.with.secrets)
}
