import { type Check, fail, wordsOf } from './check.ts'

/** A probe that never answers or breaks is a finding too: no probe can hold up or end the doctor. */
export async function withinLimit(name: string, limitMs: number, probe: () => Promise<Check>): Promise<Check> {
  const { promise, resolve } = Promise.withResolvers<Check>()
  const hint = 'Try again; if it stays so, look at the network between this machine and that service.'
  const timer = setTimeout(() => resolve(fail(name, `no answer within ${limitMs / 1000} s`, hint)), limitMs)
  try {
    return await Promise.race([probe(), promise])
  } catch (error) {
    return fail(name, `the check itself failed: ${wordsOf(error)}`, 'This is a defect of Letterbox: please report it.')
  } finally {
    clearTimeout(timer)
  }
}
