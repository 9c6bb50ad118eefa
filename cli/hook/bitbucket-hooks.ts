import { z } from 'zod'
import type { AskForge } from './ask-forge.ts'
import type { ForgeHook, ForgeHooks } from './forge-hooks.ts'

const Hook = z.object({ uuid: z.string(), url: z.string(), active: z.boolean(), events: z.array(z.string()) })
const Page = z.object({ values: z.array(Hook), next: z.string().optional() })
const MOST_PAGES = 20

/** Bitbucket does not tell of deliveries. @see Bitbucket Cloud documentation "The Bitbucket Cloud REST API": repository webhooks */
export function bitbucketHooks(ask: AskForge, path: string): ForgeHooks {
  const hooks = `/2.0/repositories/${path.split('/').map(encodeURIComponent).join('/')}/hooks`
  return {
    event: 'repo:push',
    async list() {
      const found: ForgeHook[] = []
      let next: string | undefined = `${hooks}?pagelen=100`
      for (let page = 0; next !== undefined && page < MOST_PAGES; page++) {
        const answer: z.infer<typeof Page> = Page.parse((await ask('GET', next)).body)
        found.push(...answer.values.map(hookOf))
        next = answer.next
      }
      return found
    },
    async create({ url, secret }) {
      const hook = { description: 'Letterbox', url, active: true, events: ['repo:push'], secret }
      return hookOf(Hook.parse((await ask('POST', hooks, hook)).body))
    },
  }
}

function hookOf({ uuid, url, active, events }: z.infer<typeof Hook>): ForgeHook {
  return { id: uuid, url, active, events, lastDelivery: null }
}
