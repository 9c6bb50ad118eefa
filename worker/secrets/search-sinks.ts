import type { Run } from '../../job/run.ts'
import type { SecretSearch } from '../../job/secret-search.ts'
import type { RunEnd } from '../../job/store-port.ts'
import { SecretLeaked } from './secret-leaked.ts'

/** The run log, byte for byte as everybody reads it; null when it is clean. */
export async function searchLog(search: SecretSearch, log: AsyncIterable<Uint8Array>): Promise<SecretLeaked | null> {
  const searcher = search.inBytes()
  for await (const chunk of log) {
    const found = searcher.write(chunk)
    if (found !== null) return new SecretLeaked(found, 'the run log')
  }
  return null
}

/** What the store tells of the run beside what the forge said of it. */
export function searchRecord(
  search: SecretSearch,
  { steps, reason }: Pick<Run, 'steps' | 'reason'>,
): SecretLeaked | null {
  const found = search.inText(JSON.stringify({ steps, reason }))
  return found === null ? null : new SecretLeaked(found, "the store's record of the run")
}

/** Takes out the mails that hold a secret. */
export function searchMails(
  search: SecretSearch,
  mails: RunEnd['mails'],
): { clean: RunEnd['mails']; leaked: SecretLeaked | null } {
  const found = mails.map((mail) => search.inText(mail.payload))
  const first = found.find((name) => name !== null) ?? null
  const clean = mails.filter((_mail, index) => found[index] === null)
  return { clean, leaked: first === null ? null : new SecretLeaked(first, 'a mail') }
}
