import type { ConfigWatch } from '../../config/watch.ts'
import type { DataFolder } from '../../job/data-folder.ts'
import { writeDiskState } from '../../job/disk-state.ts'
import type { StoreWriter } from '../../job/store-port.ts'
import { type EngineDisk, engineClasses } from './engine-classes.ts'
import { type FileClassDeps, fileClasses } from './file-classes.ts'
import { createGovernor, type Governor, type GovernorDeps } from './governor.ts'
import type { ReserveFile } from './reserve-file.ts'
import { lookForRoom } from './room.ts'

export type OpenGovernorDeps = Pick<GovernorDeps, 'resume' | 'changed' | 'log'> & {
  folder: DataFolder
  store: Pick<StoreWriter, 'run' | 'outboxDue'>
  config: ConfigWatch
  reserve: ReserveFile
  source: FileClassDeps['source']
  engineDisk: EngineDisk
  engineFolder(): Promise<string | null>
  livingRuns(): string[]
}

/** after every mail */
const ALL_MAILS = '9999-12-31T00:00:00.000Z'

/** The governor over the data folder and the engine. Where the engine keeps its data is asked for beside everything
 *  else: it may not answer yet. */
export function openGovernor(deps: OpenGovernorDeps): Governor {
  const { folder, store, config } = deps
  const wanted = () => config.current().config.worker.disk
  const folders = [folder.root]
  deps.engineFolder().then(
    (path) => path !== null && folders.push(path),
    (error: unknown) => deps.log.warn({ err: error }, 'the engine does not say where it keeps its data'),
  )
  return createGovernor({
    ...deps,
    classes: [
      ...fileClasses({
        ...{ folder, wanted },
        livingRuns: deps.livingRuns,
        runsToMail: () => store.outboxDue(ALL_MAILS).map(({ run }) => run),
        source: deps.source,
      }),
      ...engineClasses({
        engine: deps.engineDisk,
        wanted,
        run: (id) => store.run(id),
        livingRuns: deps.livingRuns,
        now: () => new Date(),
      }),
    ],
    room: () => lookForRoom(folders, wanted().reserve),
    publish: (state) => writeDiskState(folder.diskState, state),
    now: () => new Date(),
  })
}
