import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdir, open, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import type { Diagnostic } from '../../config/diagnostic.ts'
import { ConfigRefused, type ConfigWatch, watchConfig } from '../../config/watch.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { until } from '../support/until.ts'

/** A config that is told from others by its concurrency. */
function configText(concurrency: number): string {
  return `worker: { concurrency: ${concurrency} }
repositories:
  github.com/acme/shop:
    secret: { env: S }
    triggers: [{ on: push, steps: [{ script: { run: [/bin/true] } }] }]
`
}

type Change = { concurrency: number; refused: Diagnostic[] | null }
type Watched = { folder: string; file: string; watch: ConfigWatch; changes: Change[] }

async function watched(t: TestContext, place?: (folder: string) => Promise<string>): Promise<Watched> {
  let watch: ConfigWatch | null = null
  const folder = freshFolder(t, async () => watch?.close())
  const file = place ? await place(folder) : join(folder, 'config.yaml')
  if (!place) await writeFile(file, configText(1))
  const changes: Change[] = []
  const log = { info() {}, warn() {}, error() {} }
  watch = await watchConfig(file, {
    log,
    onChange: (current, refused) => changes.push({ concurrency: current.config.worker.concurrency, refused }),
  })
  return { folder, file, watch, changes }
}

/** Waits for the reload, and then until a second one would have come: a later change is seen, and came alone. */
async function becomes({ watch, changes }: Watched, concurrency: number): Promise<void> {
  await until(() => watch.current().config.worker.concurrency === concurrency, {
    what: `a config with concurrency ${concurrency}`,
    describe: () => ({ changes, refused: watch.refused() }),
  })
}

async function reloadsOnce(one: Watched, write: (concurrency: number) => Promise<void>): Promise<void> {
  await write(2)
  await becomes(one, 2)
  await write(3)
  await becomes(one, 3)
  assert.deepEqual(one.changes, [
    { concurrency: 2, refused: null },
    { concurrency: 3, refused: null },
  ])
}

describe('a changed config is reloaded once', () => {
  test('D01: when an editor truncates and writes it in pieces', async (t) => {
    const one = await watched(t)
    await reloadsOnce(one, async (concurrency) => {
      const file = await open(one.file, 'w')
      for (const piece of configText(concurrency).match(/[\s\S]{1,40}/g) ?? []) await file.write(piece)
      await file.close()
    })
  })

  test('D01: when vim or git renames a new file over it', async (t) => {
    const one = await watched(t)
    await reloadsOnce(one, async (concurrency) => {
      await writeFile(join(one.folder, '.config.yaml.swp'), configText(concurrency))
      await rename(join(one.folder, '.config.yaml.swp'), one.file)
    })
  })

  test('when vim moves the old file away first', async (t) => {
    const one = await watched(t)
    await reloadsOnce(one, async (concurrency) => {
      await rename(one.file, `${one.file}~`)
      await writeFile(one.file, configText(concurrency))
      await rm(`${one.file}~`)
    })
  })

  test('D01: when it is gone for a moment', async (t) => {
    const one = await watched(t)
    await reloadsOnce(one, async (concurrency) => {
      await rm(one.file)
      await writeFile(one.file, configText(concurrency))
    })
  })

  test('D01: when Kubernetes swaps the folder behind it', async (t) => {
    const one = await watched(t, async (folder) => {
      await mkdir(join(folder, '..first'))
      await writeFile(join(folder, '..first', 'config.yaml'), configText(1))
      await symlink('..first', join(folder, '..data'))
      await symlink('..data/config.yaml', join(folder, 'config.yaml'))
      return join(folder, 'config.yaml')
    })
    await reloadsOnce(one, async (concurrency) => {
      const name = `..number-${concurrency}`
      await mkdir(join(one.folder, name))
      await writeFile(join(one.folder, name, 'config.yaml'), configText(concurrency))
      await symlink(name, join(one.folder, '..data_tmp'))
      await rename(join(one.folder, '..data_tmp'), join(one.folder, '..data'))
    })
  })

  test('when it is a link and the file behind it changes', async (t) => {
    const one = await watched(t, async (folder) => {
      await mkdir(join(folder, 'elsewhere'))
      await writeFile(join(folder, 'elsewhere', 'real.yaml'), configText(1))
      await symlink('elsewhere/real.yaml', join(folder, 'config.yaml'))
      return join(folder, 'config.yaml')
    })
    await reloadsOnce(one, (concurrency) =>
      writeFile(join(one.folder, 'elsewhere', 'real.yaml'), configText(concurrency)),
    )
  })

  test('D01: when only this file is mounted, and written outside', async (t) => {
    let mounted = ''
    t.after(() => mounted !== '' && execFileSync('umount', [mounted]))
    const one = await watched(t, async (folder) => {
      const [outside, inside] = [join(folder, 'outside.yaml'), join(folder, 'inside')]
      await mkdir(inside)
      await writeFile(outside, configText(1))
      await writeFile(join(inside, 'config.yaml'), '')
      if (!mayMount(outside, join(inside, 'config.yaml'))) return outside
      mounted = join(inside, 'config.yaml')
      return mounted
    })
    if (mounted === '') return t.skip('bind mounts need root')
    await reloadsOnce(one, (concurrency) => writeFile(join(one.folder, 'outside.yaml'), configText(concurrency)))
  })

  test('and not at all when only a comment changed', async (t) => {
    const one = await watched(t)
    await writeFile(one.file, `# a comment\n${configText(1)}`)
    await writeFile(one.file, configText(2))
    await becomes(one, 2)
    assert.equal(one.changes.length, 1)
  })
})

describe('a bad config', () => {
  test('never replaces a good one, is told, and is forgotten when a good one comes', async (t) => {
    const one = await watched(t)
    await writeFile(one.file, 'worker: { concurency: 3 }')
    const refused = await until(() => one.watch.refused(), { what: 'the bad config to be refused' })
    assert.deepEqual(
      refused.map((diagnostic) => diagnostic.code),
      ['UNKNOWN_KEY'],
    )
    assert.equal(one.watch.current().config.worker.concurrency, 1)
    await writeFile(one.file, configText(4))
    await becomes(one, 4)
    assert.equal(one.watch.refused(), null)
    assert.deepEqual(
      one.changes.map((change) => change.concurrency),
      [1, 4],
    )
  })

  test('that is put right without a change is no reload, and no longer told', async (t) => {
    const one = await watched(t)
    const { loadedAt } = one.watch.current()
    await writeFile(one.file, '}')
    await until(() => one.watch.refused(), { what: 'the bad config to be refused' })
    await writeFile(one.file, configText(1))
    await until(() => one.watch.refused() === null, { what: 'the good config to be seen' })
    assert.equal(one.watch.current().loadedAt, loadedAt)
  })

  test('is also one that was emptied, or taken away for good', async (t) => {
    const one = await watched(t)
    await writeFile(one.file, '')
    await until(() => one.watch.refused()?.[0]?.code === 'EMPTY_FILE', { what: 'the empty file to be refused' })
    await rm(one.file)
    await until(() => one.watch.refused()?.[0]?.code === 'FILE_NOT_FOUND', { what: 'the missing file to be told' })
    assert.equal(one.watch.current().config.worker.concurrency, 1)
    await writeFile(one.file, configText(5))
    await becomes(one, 5)
  })

  test('at the start is refused with its diagnostics', async (t) => {
    const file = join(freshFolder(t), 'config.yaml')
    await writeFile(file, 'nonsense: true')
    const log = { info() {}, warn() {}, error() {} }
    await assert.rejects(
      watchConfig(file, { log }),
      (error) => error instanceof ConfigRefused && error.diagnostics[0]?.code === 'UNKNOWN_KEY',
    )
  })
})

function mayMount(from: string, to: string): boolean {
  try {
    execFileSync('mount', ['--bind', from, to], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
