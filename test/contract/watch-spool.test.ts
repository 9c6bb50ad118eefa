import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { watchSpool } from '../../worker/intake/watch-spool.ts'
import { until } from '../support/until.ts'

const WATCH = new URL('../../worker/intake/watch-spool.ts', import.meta.url).href

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'letterbox-watch-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('a job file that appears is noticed at once', async (context) => {
  const folder = folderFor(context)
  let arrived = 0
  const watching = await watchSpool(folder, { arrived: () => arrived++, log: { warn: assert.fail } })
  context.after(() => watching.close())
  writeFileSync(join(folder, '..', 'unfinished'), '{}')
  renameSync(join(folder, '..', 'unfinished'), join(folder, 'a.json'))
  await until(() => arrived > 0, { what: 'the file is noticed', deadlineMs: 5000, describe: () => `${arrived} signs` })
})

for (const limit of ['max_inotify_instances', 'max_inotify_watches'])
  test(`where ${limit} is used up the worker starts all the same and says that the sweep does the work`, (context) => {
    const unshare = ['--user', '--map-root-user', 'sh', '-c']
    const allowed = spawnSync('unshare', [...unshare, `echo 0 > /proc/sys/user/${limit}`])
    if (allowed.status !== 0) return context.skip('this machine makes no user namespaces')
    const folder = folderFor(context)
    const script = `
      import { watchSpool } from ${JSON.stringify(WATCH)}
      const warn = (facts, message) => console.log(facts.err.code, message)
      await watchSpool(${JSON.stringify(folder)}, { arrived() {}, log: { warn } })
      console.log('watching or not, it goes on')
      process.exit()`
    const run = `echo 0 > /proc/sys/user/${limit}; exec "$0" --input-type=module --eval "$1"`
    const said = execFileSync('unshare', [...unshare, run, process.execPath, script], { timeout: 20_000 }).toString()
    assert.match(said, /^(EMFILE|ENOSPC) the spool cannot be watched; the sweep finds what arrives$/m)
    assert.match(said, /it goes on/)
  })
