import type { ConfigResult } from '../../config/load.ts'
import { count } from '../print/count.ts'
import { type Check, fail, ok, warn } from './check.ts'

const NAME = 'config'

export function checkConfig(file: string, result: ConfigResult): Check {
  const hint = `'letterbox check ${file}' shows each with its line and a fix.`
  if (result.kind === 'refused') return fail(NAME, `${file} has ${count(result.diagnostics.length, 'problem')}`, hint)
  const repositories = Object.keys(result.config.repositories).length
  if (repositories === 0) {
    return warn(NAME, `${file} names no repositories, so every delivery is refused`, 'Add one under `repositories`.')
  }
  const contents = `${file} is good: ${count(repositories, 'repository', 'repositories')}`
  if (result.warnings.length === 0) return ok(NAME, contents)
  return warn(NAME, `${contents}, ${count(result.warnings.length, 'warning')}`, hint)
}
