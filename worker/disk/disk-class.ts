import type { DiskClassName } from '../../job/disk-state.ts'
import type { DiskItem } from './plan-cleaning.ts'

/** One kind of what Letterbox writes: how much there is, and how some of it is removed. */
export type DiskClass = {
  name: DiskClassName
  /** null: unlimited */
  budgetBytes(): number | null
  measure(signal: AbortSignal): Promise<{ items: DiskItem[]; sharedBytes: number }>
  /** Removes what it can of these; what came into use meanwhile stays. Returns the names of what went. */
  remove(items: DiskItem[], signal: AbortSignal): Promise<string[]>
}
