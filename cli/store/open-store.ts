import { dataFolder } from '../../job/data-folder.ts'
import { openStoreReader } from '../../job/store.ts'
import type { StoreReader } from '../../job/store-port.ts'

/** Lets a command read the store of a data folder, and closes it after.
 *  @throws StoreMissing when no worker has run on this folder yet */
export async function withStore<T>(data: string, work: (store: StoreReader) => Promise<T> | T): Promise<T> {
  const store = openStoreReader(dataFolder(data).store)
  try {
    return await work(store)
  } finally {
    store.close()
  }
}
