import { actions } from '../../schema/steps.ts'
import { didYouMean } from '../did-you-mean.ts'
import type { Problem } from '../problem.ts'
import { child, entries, firstToken, items, type Path, type Tree, text } from '../source-tree.ts'
import { templateValues } from './check-template-values.ts'
import { eachTrigger } from './each-trigger.ts'

const ACTIONS = Object.keys(actions)

/** Each step does one thing, and finds what earlier ones had to leave for it. */
export function checkSteps(root: Tree): Problem[] {
  return eachTrigger(root).flatMap(({ repository, trigger, path }) => {
    const built: string[] = []
    return [
      ...items(child(trigger, 'steps')).flatMap((step, index) => {
        const stepPath = [...path, 'steps', index]
        if (builds(step)) built.push(text(child(child(step, 'build'), 'image')) ?? '')
        return [
          ...oneAction(step, stepPath),
          ...imageThere(step, stepPath, built),
          ...unknownSecrets(step, stepPath, repository),
          ...secretForms(step, stepPath),
        ]
      }),
      ...templateValues(trigger, path),
    ]
  })
}

/** A mistyped build is told as the unknown key that it is, and not again by every step that relies on it. */
function builds(step: Tree): boolean {
  return child(step, 'build') !== null || mistyped(step, 'build', ACTIONS)
}

function mistyped(tree: Tree | null, key: string, known: string[]): boolean {
  return entries(tree).some(([name]) => !known.includes(name) && didYouMean(name, known) === key)
}

function oneAction(step: Tree, path: Path): Problem[] {
  if (step.kind !== 'map') return []
  const found = ACTIONS.filter((action) => step.entries.has(action))
  const inOrder = [...step.entries].filter(([key]) => found.includes(key))
  if (found.length === 1) return []
  if (found.length > 1) {
    const message = `one step with ${found.length} actions: ${inOrder.map(([key]) => key).join(', ')}`
    return [{ code: 'ONE_ACTION', path, span: inOrder[1]?.[1].keySpan ?? step.span, message }]
  }
  // A mistyped action is told as the unknown key that it is.
  if ([...step.entries.keys()].some((key) => didYouMean(key, ACTIONS) !== null && !isCommonKey(key))) return []
  return [
    {
      code: 'ONE_ACTION',
      path,
      span: firstToken(step),
      message: `a step without an action; known: ${ACTIONS.join(', ')}`,
    },
  ]
}

function isCommonKey(key: string): boolean {
  return ['name', 'timeout', 'retries', 'allowFailure'].includes(key)
}

function imageThere(step: Tree, path: Path, built: string[]): Problem[] {
  if (step.kind !== 'map') return []
  const problem = (action: string, code: Problem['code'], message: string): Problem[] => [
    { code, path: [...path, action], span: step.entries.get(action)?.keySpan ?? step.span, message },
  ]
  const push = child(step, 'push')
  const test = child(step, 'test')
  const site = child(step, 'site')
  if (push && built.length === 0) return problem('push', 'PUSH_WITHOUT_BUILD', 'nothing was built before this push')
  if (push) return unknownImage(push, path, built)
  if (test && built.length === 0 && child(test, 'image') === null && !mistyped(test, 'image', ['image'])) {
    return problem('test', 'TEST_WITHOUT_IMAGE', 'the test names no image, and nothing was built before it')
  }
  const removes = child(site, 'remove')
  if (site && !(removes?.kind === 'scalar' && removes.value === true) && built.length === 0) {
    return problem('site', 'SITE_WITHOUT_BUILD', 'nothing was built before this site')
  }
  return []
}

/** Templates are compared only as they are written, so nothing is said where one of them could mean the same. */
function unknownImage(push: Tree, path: Path, built: string[]): Problem[] {
  const image = child(push, 'image')
  const name = text(image)
  if (image === null || name === null || built.includes(name) || [name, ...built].some((one) => one.includes('{')))
    return []
  return [
    {
      code: 'UNKNOWN_IMAGE',
      path: [...path, 'push', 'image'],
      span: image.span,
      message: `no earlier step builds "${name}"; built: ${built.join(', ')}`,
      note: `built: ${built.join(', ')}`,
      didYouMean: didYouMean(name, built),
    },
  ]
}

function unknownSecrets(step: Tree, path: Path, repository: Tree): Problem[] {
  const known = entries(child(repository, 'secrets')).map(([name]) => name)
  return ACTIONS.flatMap((action) =>
    items(child(child(step, action), 'secrets')).flatMap((item, index): Problem[] => {
      const named = child(item, 'name') ?? item
      const name = text(named)
      if (name === null || known.includes(name)) return []
      const meant = didYouMean(name, known)
      const place = { path: [...path, action, 'secrets', index], span: named.span }
      // Not told by its text: where a name belongs, people also write the secret.
      const message = 'this repository names no such secret'
      const note = known.length === 0 ? message : `known: ${known.join(', ')}`
      return [{ ...place, code: 'UNKNOWN_SECRET', message, note, didYouMean: meant }]
    }),
  )
}

/** Builds know mounts; other steps know variables and files. */
function secretForms(step: Tree, path: Path): Problem[] {
  return ACTIONS.flatMap((action) =>
    items(child(child(step, action), 'secrets')).flatMap((item, index): Problem[] => {
      if (item.kind !== 'map') return []
      const unfit = unfitKey([...item.entries.keys()], action)
      const span = unfit === null ? undefined : item.entries.get(unfit)?.keySpan
      if (span === undefined) return []
      const atOnce = action !== 'build' && unfit === 'file' ? ' and "env" at once' : ''
      const message = `a ${action} step cannot hand a secret over by "${unfit}"${atOnce}`
      return [{ code: 'SECRET_FORM', path: [...path, action, 'secrets', index], span, message }]
    }),
  )
}

function unfitKey(keys: string[], action: string): string | null {
  if (action === 'build') return keys.find((key) => key === 'env' || key === 'file') ?? null
  if (keys.includes('id')) return 'id'
  return keys.includes('env') && keys.includes('file') ? 'file' : null
}
