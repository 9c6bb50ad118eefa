/* The door to matching: which triggers of the config an event starts, and for each other one the condition that did not
 * hold. Pure. */
export { findRepository } from './find-repository.ts'
export { type Condition, matchTriggers, type TriggerVerdict } from './match-triggers.ts'
export { startsOf, whyNothing } from './starts-of.ts'
export { triggerNames } from './trigger-names.ts'
