/** What the webhook program says; pino satisfies it. Never given a body, a signature or a secret. */
export type Log = {
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}
