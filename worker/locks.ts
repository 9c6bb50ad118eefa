/** One at a time for each name, in order of asking. Who waits may give up; who works ends its work first. */
export type Locks = <T>(name: string, signal: AbortSignal, work: () => Promise<T>) => Promise<T>

export function createLocks(): Locks {
  const tails = new Map<string, Promise<void>>()
  return async (name, signal, work) => {
    const previous = tails.get(name) ?? Promise.resolve()
    const { promise: done, resolve: release } = Promise.withResolvers<void>()
    const tail = previous.then(() => done)
    tails.set(name, tail)
    try {
      await before(previous, signal)
      return await work()
    } finally {
      release()
      if (tails.get(name) === tail) tails.delete(name)
    }
  }
}

async function before(turn: Promise<void>, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  const { promise: canceled, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    await Promise.race([turn, canceled])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
