import { setTimeout as pause } from 'node:timers/promises'
import type { SiteContainer, SiteEngine } from '../engines/site-engine.ts'
import { askSite } from './answer.ts'

const PAUSE_MS = 250

/** Waits until a container answers well. Null: it does; otherwise in words what was wrong last. A container that ends
 *  is not waited for. */
export async function untilHealthy(
  container: SiteContainer,
  deps: { engine: Pick<SiteEngine, 'look'>; signal: AbortSignal },
): Promise<string | null> {
  const { health } = container
  const deadline = performance.now() + health.timeoutMs
  for (;;) {
    const now = await deps.engine.look(container.id)
    if (now === null) return 'it was removed by somebody else'
    if (!now.running) return `it ended with exit code ${now.exitCode}`
    const answer = await ask(now, deps.signal)
    if (typeof answer === 'number' && answer < health.below) return null
    if (performance.now() > deadline) return inWords(answer, container)
    await pause(PAUSE_MS, undefined, { signal: deps.signal })
  }
}

async function ask(container: SiteContainer, signal: AbortSignal): Promise<number | string> {
  const address = container.startAddress ?? container.proxyAddress
  if (address === null) return 'it has no address'
  return askSite({ address, port: container.port, path: container.health.path, host: container.host, signal })
}

function inWords(answer: number | string, { port, health: { path, timeoutMs } }: SiteContainer): string {
  const said = typeof answer === 'number' ? `it answers ${answer}` : answer
  return `after ${timeoutMs / 1000} s at port ${port}, ${path}: ${said}`
}
