import { join } from 'node:path'
import { Liquid } from 'liquidjs'
import type { RunLogLine } from '../../job/run-log-line.ts'
import { logHtml } from './log-excerpt.ts'
import type { MailView } from './mail-view.ts'

/** Gmail shows no more than 102 KB of a mail and hides the rest behind a link. */
export const MAX_HTML_BYTES = 100 * 1000

/** `why`: the sentence that tells the reader why this mail came. */
export type MailPage = { view: MailView; log: RunLogLine[]; why: string; preview: string }

/** The HTML part. Where the log would make it too big it loses first its colours, then its older lines. */
export function mailHtml(page: MailPage): string {
  for (const { lines, colours } of SHRINKING) {
    const html = render(page, logHtml(page.log.slice(-lines), { colours }))
    if (Buffer.byteLength(html) <= MAX_HTML_BYTES) return html
  }
  return render(page, '')
}

const SHRINKING = [
  { lines: 40, colours: true },
  { lines: 40, colours: false },
  { lines: 15, colours: false },
]

// Our own files, read once and never named by anything from outside; every output is escaped unless it says `raw`.
const templates = new Liquid({
  root: join(import.meta.dirname, 'templates'),
  extname: '.liquid',
  cache: true,
  outputEscape: 'escape',
  strictVariables: true,
  strictFilters: true,
  ownPropertyOnly: true,
})

function render({ view, why, preview }: MailPage, log: string): string {
  return templates.renderFileSync('mail', { ...view, why, preview, log })
}
