/** One thing that takes room and can be removed by itself. */
export type DiskItem = {
  name: string
  /** what its removal gives back */
  bytes: number
  /** ms since 1970: when it was last used, or made */
  usedAt: number
  /** why it must stay; null: it may go */
  kept: string | null
  /** goes also while there is room */
  expired: boolean
}

/** What to remove, oldest first: all that has expired, and then as much as brings the class within its budget. What is
 *  kept never goes, whatever the budget. `sharedBytes` is what several items hold together. Pure. */
export function planCleaning(
  items: readonly DiskItem[],
  { budgetBytes, sharedBytes = 0 }: { budgetBytes: number | null; sharedBytes?: number },
): DiskItem[] {
  const budget = budgetBytes ?? Number.POSITIVE_INFINITY
  let used = usedBytes(items, sharedBytes)
  const going: DiskItem[] = []
  for (const item of oldestFirst(items)) {
    if (item.kept !== null || (!item.expired && used <= budget)) continue
    going.push(item)
    used -= item.bytes
  }
  return going
}

export function usedBytes(items: readonly DiskItem[], sharedBytes = 0): number {
  return items.reduce((sum, { bytes }) => sum + bytes, sharedBytes)
}

/** What has expired comes before what has not: so that a budget takes nothing that need not go. */
export function oldestFirst(items: readonly DiskItem[]): DiskItem[] {
  return [...items].sort((a, b) => Number(b.expired) - Number(a.expired) || a.usedAt - b.usedAt)
}
