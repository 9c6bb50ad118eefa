import { watch } from 'chokidar'

/** Calls `arrived` when something appears in the spool; settles once it watches. Only a hint, and it may be lost: the
 *  sweep every minute is what makes sure. */
export async function watchSpool(
  folder: string,
  deps: { arrived(): void; log: { warn(facts: object, message: string): void } },
): Promise<{ close(): Promise<void> }> {
  const watcher = watch(folder, { depth: 0, ignoreInitial: true, followSymlinks: false })
  watcher.on('add', deps.arrived)
  watcher.on('error', (err) => deps.log.warn({ err }, 'the spool cannot be watched; the sweep finds what arrives'))
  await new Promise<void>((resolve) => {
    watcher.once('ready', () => resolve())
  })
  return { close: () => watcher.close() }
}
