import type { DiskClassState } from '../../job/disk-state.ts'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { DiskClass } from './disk-class.ts'
import { type DiskItem, oldestFirst, planCleaning, usedBytes } from './plan-cleaning.ts'

/** After a removal what others share may have become theirs alone: then there is more to do. */
const MAX_PASSES = 3
const SHOWN = 10

export type Look = { state: DiskClassState; gone: DiskItem[] }

/** Measures one class and, where wanted, cleans it. Trouble with one class, such as an engine that does not answer, is
 *  told and leaves the others alone. */
export async function lookAtClass(one: DiskClass, clean: boolean, signal: AbortSignal): Promise<Look> {
  const gone: DiskItem[] = []
  try {
    let measured = await one.measure(signal)
    for (let pass = 0; clean && pass < MAX_PASSES; pass++) {
      const going = planCleaning(measured.items, { ...measured, budgetBytes: one.budgetBytes() })
      if (going.length === 0) break
      const names = new Set(await one.remove(going, signal))
      gone.push(...going.filter(({ name }) => names.has(name)))
      measured = await one.measure(signal)
      if (names.size === 0) break
    }
    return { gone, state: stateOf(one, measured) }
  } catch (error) {
    const { code, message } = errorFacts(error)
    return { gone, state: { ...EMPTY, name: one.name, budgetBytes: one.budgetBytes(), trouble: `${code}: ${message}` } }
  }
}

const EMPTY = { items: 0, usedBytes: 0, keptBytes: 0, next: [], due: false, trouble: null }

function stateOf(one: DiskClass, { items, sharedBytes }: { items: DiskItem[]; sharedBytes: number }): DiskClassState {
  const budgetBytes = one.budgetBytes()
  const due = planCleaning(items, { budgetBytes, sharedBytes })
  const next = due.length > 0 ? due : oldestFirst(items).filter(({ kept }) => kept === null)
  return {
    name: one.name,
    items: items.length,
    usedBytes: usedBytes(items, sharedBytes),
    budgetBytes,
    keptBytes: usedBytes(
      items.filter(({ kept }) => kept !== null),
      0,
    ),
    next: next.slice(0, SHOWN).map(({ name, bytes, usedAt }) => ({
      name,
      bytes,
      usedAt: new Date(usedAt).toISOString(),
    })),
    due: due.length > 0,
    trouble: null,
  }
}
