import { join } from 'node:path'

/** Where everything lies below `--data`; see docs/design.md "Data folder". Paths only: making them is the worker's. */
export function dataFolder(root: string) {
  const spool = join(root, 'spool')
  const state = join(root, 'state')
  const work = join(root, 'work')
  return {
    root,
    spool,
    /** half-written job files; never read */
    spoolTmp: join(spool, 'tmp'),
    /** complete job files, `<id>.json` */
    spoolNew: join(spool, 'new'),
    /** what the web program may read */
    state,
    store: join(state, 'letterbox.db'),
    logs: join(state, 'logs'),
    workerState: join(state, 'worker.json'),
    /** how much disk is used, as the worker last saw it */
    diskState: join(state, 'disk.json'),
    sitesState: join(state, 'sites.json'),
    /** root only */
    work,
    /** job files taken out of the spool and not yet recorded in the store */
    taken: join(work, 'taken'),
    mirrors: join(work, 'mirrors'),
    workspaces: join(work, 'workspaces'),
    keys: join(work, 'keys'),
    /** what the command line asked of sites and is not done yet */
    siteRequests: join(work, 'site-requests'),
    lock: join(work, 'worker.lock'),
    /** bytes that are given back when the disk is full */
    reserve: join(work, 'reserve'),
    rejected: join(root, 'rejected'),
  }
}
export type DataFolder = ReturnType<typeof dataFolder>
