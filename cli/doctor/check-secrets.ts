import type { Config } from '../../config/schema.ts'
import { resolveSecret } from '../../config/secret.ts'
import { count } from '../print/count.ts'
import { type Check, fail, ok, wordsOf } from './check.ts'
import { secretRefs } from './secret-refs.ts'

const NAME = 'secrets'

/** Can every secret that the config names be had here? Shows names, never values. */
export function checkSecrets(config: Config, env: Record<string, string | undefined>): Check {
  const refs = secretRefs(config)
  const problems = refs.flatMap((ref) => {
    try {
      resolveSecret(ref, env)
      return []
    } catch (error) {
      return [wordsOf(error)]
    }
  })
  if (problems.length === 0) return ok(NAME, `${count(refs.length, 'secret')} can be read`)
  return fail(
    NAME,
    [...new Set(problems)].join('; '),
    'The programs need them in their own environment. To check that one: set -a; . /etc/letterbox/env; letterbox doctor',
  )
}
