/* The door to matching: which triggers of the config an event starts, and for each other one the condition that did not
 * hold. Pure. */
export { findRepository } from './match/find-repository.ts'
export { type Condition, matchTriggers, type TriggerVerdict } from './match/match-triggers.ts'
export { startsOf, whyNothing } from './match/starts-of.ts'
export { triggerNames } from './match/trigger-names.ts'
