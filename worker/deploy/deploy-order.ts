import type { NewEnvironment } from './aws-port.ts'
import type { BundleWish } from './bundle/make-bundle.ts'

/** What the operator's step and this run make of a deployment: all templates filled in. */
export type DeployOrder = {
  region: string | null
  application: string
  environment: string
  label: string
  commit: string
  bundle: BundleWish
  bucket: string | null
  createApplication: boolean
  /** null: the environment must be there */
  create: Omit<NewEnvironment, 'application' | 'name' | 'versionLabel'> | null
  health: readonly string[]
  healthTimeoutMs: number
  waitMs: number
  rollback: boolean
  /** going back to an older commit is wanted */
  backwards: boolean
}
