/** A webhook as the forge has it. */
export type ForgeHook = {
  id: string
  url: string
  active: boolean
  events: string[]
  /** the last delivery in words; null where there was none, or the forge does not say */
  lastDelivery: string | null
}

/** The webhooks of one repository, at its forge. */
export type ForgeHooks = {
  /** the event that the hook must have */
  event: string
  list(): Promise<ForgeHook[]>
  create(hook: { url: string; secret: string }): Promise<ForgeHook>
}
