import type { Owner } from '../engine.ts'

const PREFIX = 'dev.letterbox'

/** Marks a container as ours. Labels alone prove nothing: a container inherits those of its image, and anybody can
 *  write them into a Dockerfile, so a sweep also looks at the name. */
export function containerLabels(instance: string, owner: Owner): Record<string, string> {
  return {
    [`${PREFIX}.managed`]: 'true',
    [`${PREFIX}.instance`]: instance,
    [`${PREFIX}.run`]: owner.run,
    [`${PREFIX}.step`]: String(owner.step),
    [`${PREFIX}.repository`]: owner.repository,
  }
}

export function ownFilter(instance: string, extra: string[] = []): { label: string[] } {
  return { label: [`${PREFIX}.managed=true`, `${PREFIX}.instance=${instance}`, ...extra] }
}

export function stepFilter(instance: string, owner: Owner): { label: string[] } {
  return ownFilter(instance, [`${PREFIX}.run=${owner.run}`, `${PREFIX}.step=${owner.step}`])
}

export function runOf(labels: Record<string, string>): string | null {
  return labels[`${PREFIX}.run`] ?? null
}

/** `letterbox-<run>-<step>-<random>` */
export function containerName(owner: Owner, random: string): string {
  return `${namePrefix(owner.run)}${owner.step}-${random}`
}

export function isNamedFor(run: string, names: string[]): boolean {
  return names.some((name) => name.startsWith(`/${namePrefix(run)}`))
}

function namePrefix(run: string): string {
  return `letterbox-${run.toLowerCase()}-`
}
