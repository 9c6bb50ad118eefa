import type { DataFolder } from '../../job/data-folder.ts'
import { openSpool } from '../../job/spool.ts'
import { takeJob, takeLeftover, takenLeftovers } from '../../job/take-job.ts'
import type { Hatch } from './intake.ts'

/** The worker's side of the spool in this data folder. While it is shut nothing is taken: what waits stays there. */
export function openHatch(folder: DataFolder, isShut: () => boolean = () => false): Hatch {
  const spool = openSpool(folder)
  return {
    async *waiting() {
      if (isShut()) return
      for (const name of await takenLeftovers(folder)) yield () => takeLeftover(folder, name)
      for (const name of await spool.names()) yield () => takeJob(folder, name)
    },
  }
}
