import { child, entries, items, type Path, type Tree } from '../source-tree.ts'

export type TriggerPlace = { repository: Tree; trigger: Tree; path: Path }

/** Every trigger of every repository, wherever the tree has the form for it. */
export function eachTrigger(root: Tree): TriggerPlace[] {
  return entries(child(root, 'repositories')).flatMap(([key, { value: repository }]) =>
    items(child(repository, 'triggers')).map((trigger, index) => ({
      repository,
      trigger,
      path: ['repositories', key, 'triggers', index],
    })),
  )
}
