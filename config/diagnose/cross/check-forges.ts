import type { Problem } from '../problem.ts'
import { child, entries, type Tree } from '../source-tree.ts'

/** Keys of `forges` are host names, nothing more. */
export function checkForges(root: Tree): Problem[] {
  const seen = new Set<string>()
  return entries(child(root, 'forges')).flatMap(([host, { keySpan }]): Problem[] => {
    const place = { path: ['forges'], span: keySpan }
    const folded = host.toLowerCase()
    if (seen.has(folded))
      return [{ ...place, code: 'DUPLICATE_KEY', message: 'this host stands here for the second time' }]
    seen.add(folded)
    if (/^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i.test(host)) return []
    const meant = host.replace(/^[a-z]+:\/\//i, '').replace(/[/?#].*$/s, '')
    const fix = meant === '' || meant === host ? {} : { fix: `write ${meant}.` }
    return [
      { ...place, code: 'BAD_HOST', message: 'a key of forges is a host name, with its port where it has one', ...fix },
    ]
  })
}
