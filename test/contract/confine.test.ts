import assert from 'node:assert/strict'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { confine, PathMissing, PathOutsideWorkspace } from '../../worker/steps/confine.ts'
import { freshFolder } from '../support/fresh-folder.ts'

test('a path inside the checkout is given by its real place, also through links that stay inside', async (t) => {
  const root = checkout(t)
  symlinkSync('app', join(root, 'current'))
  assert.equal(await confine(root, 'current/Dockerfile', 'file'), join(root, 'app', 'Dockerfile'))
  assert.equal(await confine(root, '.', 'folder'), root)
  assert.equal(await confine(root, './app/../app/', 'folder'), join(root, 'app'))
})

test('B09: a path that leads out is refused: upwards, absolute, or by a link', async (t) => {
  const root = checkout(t)
  symlinkSync('/etc', join(root, 'etc'))
  symlinkSync('/etc/passwd', join(root, 'Dockerfile'))
  symlinkSync('..', join(root, 'up'))
  symlinkSync('/no/such/place', join(root, 'dangling'))
  mkdirSync(`${root}-sibling`)
  t.after(() => rmSync(`${root}-sibling`, { recursive: true }))
  symlinkSync(`${root}-sibling`, join(root, 'sibling'))
  for (const path of [
    '..',
    '../x',
    'app/../../x',
    '/etc/passwd',
    '/',
    'a\0b',
    'etc/passwd',
    'etc/nope',
    'dangling',
    'Dockerfile',
  ]) {
    await assert.rejects(confine(root, path, 'file'), PathOutsideWorkspace, path)
  }
  for (const path of ['etc', 'up', 'up/up', 'sibling']) {
    await assert.rejects(confine(root, path, 'folder'), PathOutsideWorkspace, path)
  }
})

test('what is not there, or is of another kind, is missing; percent signs mean themselves', async (t) => {
  const root = checkout(t)
  for (const path of ['nope', 'app/Dockerfile/x', 'app', '%2e%2e/x']) {
    await assert.rejects(confine(root, path, 'file'), PathMissing, path)
  }
  await assert.rejects(confine(root, 'app/Dockerfile', 'folder'), PathMissing)
})

function checkout(t: Parameters<typeof freshFolder>[0]): string {
  const root = freshFolder(t)
  mkdirSync(join(root, 'app'))
  writeFileSync(join(root, 'app', 'Dockerfile'), 'FROM scratch\n')
  return root
}
