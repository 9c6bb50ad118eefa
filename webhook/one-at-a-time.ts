/** Runs one piece of work after the other, in order of arrival. */
export function createOneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const next = last.then(work)
    last = next.catch(() => undefined) // whoever asked for it hears of it
    return next
  }
}
