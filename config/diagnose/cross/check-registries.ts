import { didYouMean } from '../did-you-mean.ts'
import type { Problem } from '../problem.ts'
import { child, entries, items, type Tree, text } from '../source-tree.ts'
import { eachTrigger } from './each-trigger.ts'

/** Logins are whole, and every push names a registry that is there. */
export function checkRegistries(root: Tree): Problem[] {
  return [...incompleteLogins(root), ...danglingNames(root)]
}

function incompleteLogins(root: Tree): Problem[] {
  return entries(child(root, 'registries')).flatMap(([name, { keySpan, value }]): Problem[] => {
    const username = child(value, 'username') !== null
    const password = child(value, 'password') !== null
    if (username === password) return []
    const message = username
      ? 'the registry has a username and no password'
      : 'the registry has a password and no username'
    return [{ code: 'INCOMPLETE_LOGIN', path: ['registries', name], span: keySpan, message }]
  })
}

function danglingNames(root: Tree): Problem[] {
  const known = entries(child(root, 'registries')).map(([name]) => name)
  return eachTrigger(root).flatMap(({ trigger, path }) =>
    items(child(trigger, 'steps')).flatMap((step, index): Problem[] => {
      const registry = child(child(step, 'push'), 'registry')
      const name = text(registry)
      if (registry === null || name === null || name === '' || known.includes(name)) return []
      const note = known.length === 0 ? 'no registry is named in this file' : `known: ${known.join(', ')}`
      return [
        {
          code: 'UNKNOWN_REGISTRY',
          path: [...path, 'steps', index, 'push', 'registry'],
          span: registry.span,
          message: `unknown registry "${name}"; ${note}`,
          note,
          didYouMean: didYouMean(name, known),
        },
      ]
    }),
  )
}
