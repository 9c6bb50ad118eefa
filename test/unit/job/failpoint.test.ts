import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { armFailpoints, failpoint } from '../../../job/failpoint.ts'

const MODULE = JSON.stringify(new URL('../../../job/failpoint.ts', import.meta.url).href)
const PASSES_TWICE = `
  const { armFailpoints, failpoint } = await import(${MODULE})
  armFailpoints(process.env)
  failpoint('taken'); console.log('first')
  failpoint('judged'); failpoint('taken'); console.log('second')`

function pass(env: NodeJS.ProcessEnv): { signal: string | null; said: string } {
  const args = ['--input-type=module', '--eval', PASSES_TWICE]
  const { signal, stdout } = spawnSync(process.execPath, args, { env, encoding: 'utf8' })
  return { signal, said: stdout }
}

test('a failpoint kills its process with SIGKILL at the nth passing of its name', () => {
  assert.deepEqual(pass({ LETTERBOX_FAILPOINT: 'taken' }), { signal: 'SIGKILL', said: '' })
  assert.deepEqual(pass({ LETTERBOX_FAILPOINT: 'taken:2' }), { signal: 'SIGKILL', said: 'first\n' })
  assert.deepEqual(pass({ LETTERBOX_FAILPOINT: 'taken:3' }), { signal: null, said: 'first\nsecond\n' })
})

test('with a mark file it kills once: the restarted program lives', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'letterbox-failpoint-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const env = { LETTERBOX_FAILPOINT: 'judged', LETTERBOX_FAILPOINT_ONCE: join(folder, 'killed') }
  assert.equal(pass(env).signal, 'SIGKILL')
  assert.ok(existsSync(env.LETTERBOX_FAILPOINT_ONCE))
  assert.equal(pass(env).signal, null)
})

test('nothing is armed without the variable, and a name that is no transition is refused', () => {
  assert.equal(armFailpoints({}), null)
  assert.equal(armFailpoints({ LETTERBOX_FAILPOINT: '' }), null)
  failpoint('taken')
  for (const name of ['nowhere', 'taken:0', 'taken:x', '__proto__', 'taken judged'])
    assert.throws(() => armFailpoints({ LETTERBOX_FAILPOINT: name }), TypeError, name)
})
