import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const EVIDENCE = fileURLToPath(new URL('../.evidence/', import.meta.url))

/** A folder for one test, given up after `stop`. Removed when the test has passed; kept under test/.evidence, and its
 *  path printed, when it has not. */
export function freshFolder(t: TestContext, stop: () => Promise<void> = async () => {}): string {
  const folder = mkdtempSync(join(tmpdir(), 'letterbox-test-'))
  t.after(async () => {
    try {
      await stop()
    } finally {
      if (!hasPassed(t)) t.diagnostic(`the evidence of this failure is kept in ${keep(folder)}`)
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
    }
  })
  return folder
}

/** @types/node does not know `passed` yet. @see Node.js documentation "Test runner": context.passed */
function hasPassed(t: TestContext): boolean {
  return 'passed' in t && t.passed === true
}

function keep(folder: string): string {
  const kept = join(EVIDENCE, basename(folder))
  mkdirSync(EVIDENCE, { recursive: true })
  cpSync(folder, kept, { recursive: true, filter: (path) => !path.endsWith('.sock') })
  return kept
}
