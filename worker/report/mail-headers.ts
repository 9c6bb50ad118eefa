import { createHash } from 'node:crypto'
import type { Run } from '../../job/run.ts'
import { oneLine } from './clean-text.ts'
import type { MailAddress } from './mail-address.ts'

/** The same for the same run and recipient, so that whoever gets a mail twice can notice. */
export function messageId(run: Run, to: MailAddress, host: string): string {
  return `<${atom(run.id)}.${digest(to.toLowerCase())}@${host}>`
}

/** Every mail about this repository and ref answers this message, which was never sent: mail programs show them as one
 *  thread. @see RFC 5322 section 3.6.4 */
export function threadId(repository: string, ref: string | null, host: string): string {
  return `<thread.${digest(`${repository}\n${ref ?? ''}`)}@${host}>`
}

/** `Auto-Submitted` (RFC 3834) and its Exchange cousin keep absence notes away; the rest is for people's mail filters. */
export function filterHeaders(run: Run, host: string): Record<string, string> {
  return {
    'Auto-Submitted': 'auto-generated',
    'X-Auto-Response-Suppress': 'All',
    'List-Id': `<${listId(run.repository, host)}>`,
    'X-Letterbox-Repository': printable(run.repository),
    'X-Letterbox-Run': printable(`${run.id} #${run.number}`),
    'X-Letterbox-State': run.state,
  }
}

/** `shop.acme.github.com.letterbox.ci.example.com`: dot-atoms, at most 255 characters. @see RFC 2919 section 3 */
function listId(repository: string, host: string): string {
  const [forge = '', ...path] = repository.split('/')
  const labels = [...path.reverse(), forge].map((part) => part.toLowerCase().replace(/[^a-z0-9.-]+/g, '-'))
  const name = labels
    .join('.')
    .replace(/[.-]*\.[.-]*/g, '.')
    .replace(/^[.-]+|[.-]+$/g, '')
  const list = `${name}.letterbox.${host}`
  return name === '' || list.length > 255 ? `${digest(repository)}.letterbox.${host}` : list
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}

function atom(text: string): string {
  return text.replace(/[^A-Za-z0-9-]/g, '-')
}

function printable(text: string): string {
  return oneLine(text.replace(/[^\x20-\x7e]/g, '?'), 200).replace('…', '...') || '-'
}
