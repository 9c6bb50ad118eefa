import { errorFacts } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import type { SecretSearch } from '../../job/secret-search.ts'
import type { RunEnd } from '../../job/store-port.ts'
import { searchLog, searchMails, searchRecord } from '../secrets/search-sinks.ts'
import type { SecretLeaked } from '../secrets/secret-leaked.ts'
import type { ExecuteRunDeps, Life, Verdict } from './execute-run.ts'
import { tellAudit } from './tell-audit.ts'
import { maskWrittenLog, readWrittenLog } from './written-log.ts'

type Ending = { verdict: Verdict; mails: RunEnd['mails'] }

/** How a run ends once all that it leaves behind was searched for the secrets that its steps were given: one that is found
 *  fails the run, its log is masked again, and a mail that holds one does not leave. `compose` says and writes the mails
 *  of a verdict. */
export async function endClean(
  life: Life,
  run: Run,
  found: Verdict,
  compose: (verdict: Verdict) => RunEnd['mails'],
  deps: ExecuteRunDeps,
): Promise<Ending> {
  const search = life.secrets.search()
  if (search === null) return { verdict: found, mails: compose(found) }
  const inLog = await leakInLog(life, run, search, deps)
  const leaked = inLog ?? searchRecord(search, { steps: run.steps, reason: found.reason })
  const verdict = leaked === null ? found : failedBy(leaked, life, deps)
  const mails = compose(verdict)
  const searched = searchMails(search, mails)
  if (searched.leaked === null) return { verdict, mails }
  const failed = failedBy(searched.leaked, life, deps)
  return { verdict: failed, mails: searchMails(search, compose(failed)).clean }
}

async function leakInLog(
  life: Life,
  run: Run,
  search: SecretSearch,
  deps: ExecuteRunDeps,
): Promise<SecretLeaked | null> {
  const file = deps.logFile?.(run.id)
  if (file === undefined) return null
  life.log.forStep(null).end() // what waits is written
  try {
    return await searchLog(search, readWrittenLog(file))
  } catch (error) {
    // the disk took the log: that is no verdict on the run
    life.log.forStep(null).say(`the run log could not be searched for secrets: ${errorFacts(error).message}`)
    return null
  }
}

function failedBy(leaked: SecretLeaked, life: Life, deps: ExecuteRunDeps): Verdict {
  const { code, message, hint } = errorFacts(leaked)
  life.log.forStep(null).say(`${message} (${hint})`)
  tellAudit(life, 'secret-leaked', message, deps)
  return { state: 'failed', reason: `${code}: ${message}` }
}

/** After the log is closed: when a secret stood in it, it is masked where it stands. */
export async function maskLeakedLog(life: Life, deps: ExecuteRunDeps): Promise<void> {
  const search = life.secrets.search()
  const file = deps.logFile?.(life.run.id)
  if (search === null || file === undefined) return
  try {
    if ((await searchLog(search, readWrittenLog(file))) !== null) maskWrittenLog(file, life.log.masked)
  } catch (error) {
    deps.log.error({ run: life.run.id, err: error }, 'the run log could not be masked')
  }
}
