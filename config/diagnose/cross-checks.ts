import { checkForges } from './cross/check-forges.ts'
import { checkMail } from './cross/check-mail.ts'
import { checkRegistries } from './cross/check-registries.ts'
import { checkRepositoryKeys } from './cross/check-repository-keys.ts'
import { checkSteps } from './cross/check-steps.ts'
import { checkTriggers } from './cross/check-triggers.ts'
import type { Problem } from './problem.ts'
import type { Tree } from './source-tree.ts'

/** What no single value shows: names that lead nowhere, steps in an order that cannot work, conditions without a use.
 *  They look at the tree as it was written, so they also speak where the schema has found something. */
export function crossChecks(root: Tree): Problem[] {
  return [checkForges, checkRegistries, checkRepositoryKeys, checkTriggers, checkSteps, checkMail].flatMap((check) =>
    check(root),
  )
}
