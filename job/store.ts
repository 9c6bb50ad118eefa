/* The door of the store: the worker's records in SQLite. One writer (the worker), any number of readers. */
export { backUpStore } from './store/back-up-store.ts'
export { RunUnknown } from './store/errors.ts'
export { openStoreReader } from './store/open-store-reader.ts'
export { openStoreWriter } from './store/open-store-writer.ts'
