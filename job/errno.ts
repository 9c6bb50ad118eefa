/** The system's name of an error (`ENOENT`), or null when the thrown value is not one of the system's. */
export function errno(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null
}
