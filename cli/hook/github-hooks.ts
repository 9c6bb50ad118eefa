import { z } from 'zod'
import type { AskForge } from './ask-forge.ts'
import type { ForgeHook, ForgeHooks } from './forge-hooks.ts'

const Hook = z.object({
  id: z.int(),
  active: z.boolean(),
  events: z.array(z.string()),
  config: z.object({ url: z.string().optional() }),
})
const Delivery = z.object({ event: z.string(), delivered_at: z.string(), status: z.string(), status_code: z.int() })

/** @see GitHub documentation "REST API endpoints for repository webhooks" */
export function githubHooks(ask: AskForge, path: string): ForgeHooks {
  const hooks = `/repos/${path.split('/').map(encodeURIComponent).join('/')}/hooks`

  async function lastDelivery(id: number): Promise<string | null> {
    const { body } = await ask('GET', `${hooks}/${id}/deliveries?per_page=1`)
    const [last] = z.array(Delivery).parse(body)
    return last === undefined ? null : `${last.event} at ${last.delivered_at}: ${last.status_code} ${last.status}`
  }

  async function read(body: unknown): Promise<ForgeHook> {
    const { id, active, events, config } = Hook.parse(body)
    return { id: String(id), url: config.url ?? '', active, events, lastDelivery: await lastDelivery(id) }
  }

  return {
    event: 'push',
    async list() {
      const { body } = await ask('GET', `${hooks}?per_page=100`)
      return await Promise.all(z.array(z.unknown()).parse(body).map(read))
    },
    async create({ url, secret }) {
      const config = { url, secret, content_type: 'json', insecure_ssl: '0' }
      const { body } = await ask('POST', hooks, { name: 'web', active: true, events: ['push'], config })
      return await read(body)
    },
  }
}
