import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { type TestContext, test } from 'node:test'
import { type ExtractOptions, extract } from 'tar-fs'
import { packContext } from '../../worker/engines/docker/build-context.ts'
import { BuildContextTooLarge, BuildContextUnreadable } from '../../worker/engines/engine-errors.ts'
import { freshFolder } from '../support/fresh-folder.ts'

/** @types/tar-fs knows neither */
const AS_PACKED: ExtractOptions & { umask: number; validateSymlinks: boolean } = { umask: 0, validateSymlinks: false }

test('without rules everything is packed, and nothing that is no file, folder or link', async (t) => {
  const folder = folderWith(t, { Dockerfile: 'FROM x', 'a/b/c': 'c', 'a/.hidden': 'h' })
  symlinkSync('/etc/shadow', join(folder, 'link'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  assert.deepEqual(await packed(t, folder), ['Dockerfile', 'a', 'a/.hidden', 'a/b', 'a/b/c', 'link'])
})

test('ignored folders are sent only where something in them is taken back', async (t) => {
  const folder = folderWith(t, {
    Dockerfile: 'FROM x',
    '.dockerignore': '*\n!src\n!docs/deep/keep.md\n',
    'src/main.c': '',
    'docs/deep/keep.md': '',
    'docs/deep/drop.md': '',
    'docs/other/drop.md': '',
    'node_modules/x/y': '',
  })
  const expected = ['.dockerignore', 'Dockerfile', 'docs', 'docs/deep', 'docs/deep/keep.md', 'src', 'src/main.c']
  assert.deepEqual(await packed(t, folder), expected)
})

test('rules of the Dockerfile itself come before those of the folder', async (t) => {
  const files = {
    'build/Dockerfile.dev': 'FROM x',
    'build/Dockerfile.dev.dockerignore': '**\n!b',
    '.dockerignore': 'b',
  }
  const folder = folderWith(t, { ...files, a: '', b: '' })
  const sent = await packed(t, folder, 'build/Dockerfile.dev')
  assert.deepEqual(sent, ['.dockerignore', 'b', 'build', 'build/Dockerfile.dev', 'build/Dockerfile.dev.dockerignore'])
})

test('files lose their setuid bits and keep their others', async (t) => {
  const folder = folderWith(t, { Dockerfile: '', tool: '' })
  chmodSync(join(folder, 'tool'), 0o4775)
  const { tar } = await packContext({ folder, dockerfile: 'Dockerfile', maxBytes: 1e6, signal: t.signal })
  const out = freshFolder(t)
  await pipeline(tar, extract(out, AS_PACKED))
  assert.equal(statSync(join(out, 'tool')).mode & 0o7777, 0o775)
})

test('B10: a context over the limit names the file that broke it, and a sparse terabyte counts as one', async (t) => {
  const folder = folderWith(t, { Dockerfile: '' })
  execFileSync('truncate', ['-s', '1T', join(folder, 'sparse')])
  const packing = packContext({ folder, dockerfile: 'Dockerfile', maxBytes: 1e9, signal: t.signal })
  await assert.rejects(packing, (error) => error instanceof BuildContextTooLarge && /sparse/.test(error.message))
})

test('B10: rules that are a link out of the context are not read', async (t) => {
  const folder = folderWith(t, { Dockerfile: '' })
  symlinkSync('/etc/passwd', join(folder, '.dockerignore'))
  await assert.rejects(packed(t, folder), BuildContextUnreadable)
})

test('rules that take for ever to match can be aborted, and hold up nobody else', async (t) => {
  const folder = folderWith(t, { Dockerfile: '', '.dockerignore': `${'*a'.repeat(60)}b` })
  writeFileSync(join(folder, 'a'.repeat(200)), '')
  const abort = new AbortController()
  const packing = packContext({ folder, dockerfile: 'Dockerfile', maxBytes: 1e9, signal: abort.signal })
  setTimeout(() => abort.abort(new Error('canceled')), 500)
  const from = performance.now()
  await assert.rejects(packing, /canceled/)
  assert.ok(performance.now() - from < 3000)
})

function folderWith(t: TestContext, files: Record<string, string>): string {
  const folder = freshFolder(t)
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), content)
  }
  return folder
}

async function packed(t: TestContext, folder: string, dockerfile = 'Dockerfile'): Promise<string[]> {
  const { tar } = await packContext({ folder, dockerfile, maxBytes: 1e9, signal: t.signal })
  const out = freshFolder(t)
  await pipeline(tar, extract(out, AS_PACKED))
  return readdirSync(out, { recursive: true, encoding: 'utf8' }).sort()
}
