import { slug } from '../../config/template.ts'
import { cloneAddress } from '../source/clone-address.ts'
import type { StepContext } from './executor.ts'

type LegacyFacts = Pick<StepContext, 'facts' | 'config' | 'repository' | 'workspace'>

/** The six variables that scripts of the older system know. All are always set, empty where there is nothing to say:
 *  that system's scripts use them unguarded. `URL` is where we clone from, `TAG` the git tag. */
export function legacyEnvironment({ facts, config, repository, workspace }: LegacyFacts): Record<string, string> {
  const { event } = facts
  const { host, path, name } = event.repository
  const ref = event.tag ?? event.branch
  const server = config.server.url === undefined ? null : new URL(config.server.url).hostname
  return {
    WEBHOOKBUILD_URL: cloneAddress(config, `${host}/${path}`, repository).url,
    WEBHOOKBUILD_NAME: name,
    WEBHOOKBUILD_FOLDER: workspace?.path ?? '',
    WEBHOOKBUILD_CONTAINERNAME: slug(ref === null ? name : `${name}-${ref}`),
    WEBHOOKBUILD_DOMAINNAME: server === null ? '' : [name, ref].flatMap(label).concat(server).join('.'),
    WEBHOOKBUILD_TAG: event.tag ?? '',
  }
}

function label(text: string | null): string[] {
  return text === null ? [] : [slug(text)]
}
