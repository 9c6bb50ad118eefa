import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Run } from '../../job/run.ts'
import { openStoreReader } from '../../job/store.ts'
import type { StoreReader } from '../../job/store-port.ts'
import { IMAGE_PREFIX } from './bench.ts'
import type { Trial } from './trial.ts'
import { NotKept, waitFor } from './wait-for.ts'

const QUIET_WITHIN_MS = 60_000

/** Waits until nothing is left to do, and then looks from the outside whether the promise was kept: one run, ended once
 *  and well; one image pushed once; one mail; nothing lying about. @throws NotKept */
export async function checkKept(trial: Trial): Promise<void> {
  await waitFor('the end of all work', () => isQuiet(trial), { limitMs: QUIET_WITHIN_MS, signal: trial.signal })
  const [run, ...more] = readStore(trial, (store) => store.runs())
  if (run === undefined || more.length > 0) throw new NotKept(`there are ${more.length + 1} runs of one push`)
  if (run.state !== 'succeeded') throw new NotKept(`the run ended as ${run.state}: ${run.reason}`)
  checkPush(trial, run)
  checkMails(trial)
  await checkNothingLeft(trial)
}

function isQuiet(trial: Trial): boolean {
  const { data } = trial
  if (!existsSync(data.store)) return false
  const { queued, running, outbox } = readStore(trial, (store) => store.counts())
  const files = [...readdirSync(data.spoolNew), ...readdirSync(data.taken)]
  return queued + running + outbox + files.length === 0 && readStore(trial, (store) => store.runs()).length > 0
}

function readStore<T>({ data }: Trial, read: (store: StoreReader) => T): T {
  const store = openStoreReader(data.store)
  try {
    return read(store)
  } finally {
    store.close()
  }
}

function checkPush({ bench, path }: Trial, run: Run): void {
  if (bench.engine === null) return
  const taken = bench.images.taken(path)
  if (taken.length !== 1) throw new NotKept(`the image was pushed ${taken.length} times`)
  const digest = run.steps.find(({ action }) => action === 'push')?.outputs.digest
  if (!digest) throw new NotKept('the run does not know the digest of what it pushed')
}

/** Between "the mail server took it" and "the store knows" nobody can ask: there a copy may follow, with the same id. */
function checkMails({ bench, address, name }: Trial): void {
  const mails = bench.mail.mails().filter(({ to }) => to === address)
  const ids = new Set(mails.map(({ messageId }) => messageId))
  if (ids.size !== 1) throw new NotKept(`${ids.size} different mails arrived`)
  if (mails.length > (name === 'mail-sent' ? 2 : 1)) throw new NotKept(`the mail arrived ${mails.length} times`)
}

async function checkNothingLeft({ bench, data }: Trial): Promise<void> {
  for (const folder of [data.workspaces, data.keys, data.rejected]) {
    const left = readdirSync(folder)
    if (left.length > 0) throw new NotKept(`left in ${folder}: ${left.join(', ')}`)
  }
  if (bench.engine === null) return
  const instance = readFileSync(join(data.work, 'instance'), 'utf8').trim()
  const filters = { label: [`dev.letterbox.instance=${instance}`] }
  const containers = await bench.engine.listContainers({ all: true, filters })
  if (containers.length > 0) throw new NotKept(`${containers.length} containers of ${IMAGE_PREFIX} were left`)
}
