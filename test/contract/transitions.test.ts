import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { TRANSITIONS } from '../../job/transitions.ts'

const ROOT = join(import.meta.dirname, '..', '..')

/** Each call of a failpoint in the programs: its name and its file. */
function calls(): { name: string; file: string }[] {
  const files = globSync('{config,forge,job,webhook,worker}/**/*.ts', { cwd: ROOT })
  return files
    .filter((file) => file !== 'job/failpoint.ts' && file !== 'job/transitions.ts')
    .flatMap((file) => {
      const found = readFileSync(join(ROOT, file), 'utf8').matchAll(/\bfailpoint\(([^)]*)\)/g)
      return [...found].map(([, argument = '']) => ({ name: argument.replaceAll("'", ''), file }))
    })
}

describe('the transitions at which a program may be killed', () => {
  test('each is called where the list says, and nowhere else', () => {
    const listed = Object.entries(TRANSITIONS).map(([name, { at }]) => `${name} at ${at}`)
    const called = new Set(calls().map(({ name, file }) => `${name} at ${file}`))
    assert.deepEqual([...called].sort(), listed.sort())
  })

  test('each stands once in the table of docs/guarantees.md, with its meaning', () => {
    const text = readFileSync(join(ROOT, 'docs/guarantees.md'), 'utf8')
    const rows = [...text.matchAll(/^\| `([a-z-]+)` \| (webhook|worker) \| (.*?) \|/gm)]
    assert.deepEqual(
      rows.map(([, name, program, means]) => ({ name, program, means })),
      Object.entries(TRANSITIONS).map(([name, { program, means }]) => ({ name, program, means })),
    )
  })

  test('each way has a sweep that takes its transitions from this list, so none is left out', () => {
    const sweeps = globSync('test/e2e/*.test.ts', { cwd: ROOT }).map((file) => readFileSync(join(ROOT, file), 'utf8'))
    for (const way of new Set(Object.values(TRANSITIONS).map((facts) => facts.way)))
      assert.ok(
        sweeps.some((text) => text.includes(`transitionsOf('${way}')`)),
        way,
      )
  })
})
