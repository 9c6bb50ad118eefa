import { join } from 'node:path'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import { prepareDataFolder } from '../../job/prepare-data-folder.ts'
import type { StepOutputs } from '../../job/run.ts'
import { createRunLog } from '../../job/run-log.ts'
import { openStoreWriter } from '../../job/store.ts'
import type { JobOutcome, NewRun, StoreWriter } from '../../job/store-port.ts'
import { sampleEvent, sampleJob, sampleOutcome, sampleRun } from '../unit/job/sample-job.ts'

const OUTPUTS: StepOutputs = {
  image: null,
  imageId: null,
  digest: null,
  tags: [],
  versionLabel: null,
  address: null,
  health: null,
}
const MINUTE = 60_000

/** What a worker would have left behind: a failed run of `main` (#1), a running one of `feature/a` (#2), one of
 *  another repository (#1 too), and deliveries that started nothing. */
export type Seeded = {
  folder: DataFolder
  failed: NewRun
  running: NewRun
  other: NewRun
  /** the job of the failed run */
  started: JobOutcome
  quiet: JobOutcome
  duplicate: JobOutcome
  store: StoreWriter
}

/** The caller closes `store`. */
export async function seedData(root: string): Promise<Seeded> {
  const folder = dataFolder(root)
  prepareDataFolder(folder, { webGid: null })
  const store = openStoreWriter(folder.store)
  const failed = sampleRun()
  const started = sampleOutcome([failed])
  store.recordJob(started, ago(10 * MINUTE))
  failRun(store, failed)
  await writeLog(folder, failed)

  const branch = sampleEvent({ branch: 'feature/a' })
  const running = sampleRun({ trigger: 'push feature/**' }, branch)
  store.recordJob(sampleOutcome([running], { job: sampleJob({ events: [branch] }) }), ago(5 * MINUTE))
  store.startRun(running.id, ago(5 * MINUTE))
  store.setStep(running.id, 0, { state: 'running', startedAt: ago(5 * MINUTE) })

  const till = sampleEvent({ repository: { ...branch.repository, path: 'acme/till', name: 'till' } })
  const other = sampleRun({ repository: 'github.com/acme/till' }, till)
  const otherJob = sampleJob({ events: [till] })
  store.recordJob(sampleOutcome([other], { job: otherJob, repository: 'github.com/acme/till' }), ago(3 * MINUTE))

  const quiet = sampleOutcome([], {
    job: sampleJob({ delivery: 'quiet-delivery', events: [sampleEvent({ branch: 'docs' })] }),
    because: 'no trigger of github.com/acme/shop matches branch docs',
  })
  store.recordJob(quiet, ago(2 * MINUTE))
  const duplicate = sampleOutcome([], {
    job: sampleJob({ delivery: 'again' }),
    because: 'this delivery was here before',
    duplicateOf: started.job.id,
  })
  store.recordJob(duplicate, ago(MINUTE))
  return { folder, failed, running, other, started, quiet, duplicate, store }
}

function failRun(store: StoreWriter, run: NewRun): void {
  store.startRun(run.id, ago(10 * MINUTE))
  const image = { ...OUTPUTS, image: 'acme/shop', imageId: `sha256:${'1'.repeat(64)}` }
  const built = { state: 'succeeded', finishedAt: ago(9 * MINUTE), exitCode: 0, outputs: image } as const
  store.setStep(run.id, 0, { startedAt: ago(10 * MINUTE), ...built })
  const error = {
    code: 'TEST_FAILED',
    message: 'the command ended with exit code 3',
    hint: 'Its output is in the log.',
  }
  const tested = { state: 'failed', finishedAt: ago(8 * MINUTE), exitCode: 3, error } as const
  store.setStep(run.id, 1, { startedAt: ago(9 * MINUTE), ...tested })
  store.endRun({ run: run.id, state: 'failed', reason: 'step test failed', at: ago(8 * MINUTE), mails: [] })
}

async function writeLog(folder: DataFolder, run: NewRun): Promise<void> {
  const log = createRunLog({
    file: join(folder.logs, `${run.id}.ndjson`),
    now: () => new Date('2026-11-21T05:00:02.000Z'),
  })
  log.forStep(null).say('fetched refs/heads/main')
  log.forStep(0).stdout('Step 1/2 : FROM busybox\n')
  log.forStep(0).end()
  log.forStep(1).stdout('1 test passed\n')
  log.forStep(1).stderr('2 tests failed\n')
  await log.close()
}

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString()
