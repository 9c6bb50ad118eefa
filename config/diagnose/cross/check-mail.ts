import type { Problem } from '../problem.ts'
import { child, items, type Tree, text } from '../source-tree.ts'
import { eachTrigger } from './each-trigger.ts'

/** A trigger that mails needs a mail server, and `pusher` needs `mail.allow`. */
export function checkMail(root: Tree): Problem[] {
  const mail = child(root, 'mail')
  return eachTrigger(root).flatMap(({ trigger, path }): Problem[] => {
    const wanted = child(trigger, 'mail')
    if (wanted === null || trigger.kind !== 'map') return []
    const span = trigger.entries.get('mail')?.keySpan ?? wanted.span
    if (mail === null) {
      const message = 'this trigger mails, and there is no mail section'
      return [{ code: 'MAIL_NOT_CONFIGURED', path: [...path, 'mail'], span, message }]
    }
    return pusherNotAllowed(mail, wanted, [...path, 'mail', 'to'])
  })
}

function pusherNotAllowed(mail: Tree, wanted: Tree, path: Problem['path']): Problem[] {
  const pusher = items(child(wanted, 'to')).find((recipient) => text(recipient) === 'pusher')
  if (pusher === undefined || items(child(mail, 'allow')).length > 0) return []
  const message = 'mail.allow is empty, so the pusher is never mailed'
  return [{ code: 'PUSHER_NOT_ALLOWED', severity: 'warning', path, span: pusher.span, message }]
}
