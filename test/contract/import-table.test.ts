import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { type Sources, violations } from './import-table/violations.ts'

const root = join(import.meta.dirname, '..', '..')
const NOT_OURS = [
  'node_modules/**',
  '**/node_modules/**',
  '.git/**',
  'data/**',
  'test/fixtures/**',
  'test/.evidence/**',
]

function ownSources(): Sources {
  const files = globSync(['**/*.{ts,mts,cts,js,mjs,cjs,tsx,jsx}', 'bin/*'], { cwd: root, exclude: NOT_OURS })
  return new Map(files.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

describe('the import table', () => {
  test('holds for every import in the tree', () => {
    const sources = ownSources()
    assert.ok(sources.size > 50, `only ${sources.size} files were found`)
    for (const room of ['bin', 'cli', 'config', 'forge', 'job', 'webhook', 'worker', 'test']) {
      assert.ok(
        [...sources.keys()].some((file) => file.startsWith(`${room}/`)),
        `no file of ${room}/ was found`,
      )
    }
    assert.deepEqual(violations(sources), [])
  })

  const FORBIDDEN: [what: string, file: string, source: string][] = [
    ['job imports another room', 'job/x.ts', `import { a } from '../config/load.ts'`],
    ['config imports the worker', 'config/x.ts', `export { a } from '../worker/main.ts'`],
    ['config imports a forge', 'config/x.ts', `import '../forge/github/intake.ts'`],
    ['forge imports the config', 'forge/github/x.ts', `import type { a } from '../../config/schema.ts'`],
    ['the web program imports the worker', 'webhook/x.ts', `export * from '../worker/main.ts'`],
    [
      'the web program imports the status side of a forge',
      'webhook/x.ts',
      `import { a } from '../forge/github/status.ts'`,
    ],
    ['the web program imports dockerode', 'webhook/x.ts', `import Docker from 'dockerode'`],
    ['the web program imports nodemailer by require', 'webhook/x.cjs', `const mailer = require('nodemailer')`],
    ['the web program imports an AWS SDK', 'webhook/x.ts', `await import('@aws-sdk/client-s3/commands')`],
    ['the web program starts processes', 'webhook/x.ts', `import { spawn } from 'node:child_process'`],
    ['the web program starts processes, by the old name', 'webhook/x.ts', `import { spawn } from 'child_process'`],
    ['the web program starts processes through process', 'webhook/x.ts', `process.getBuiltinModule('child_process')`],
    [
      'the web program starts processes through createRequire',
      'webhook/x.ts',
      `import { createRequire } from 'node:module'\nconst get = createRequire(import.meta.url)\nget('node:child_process')`,
    ],
    [
      'the web program starts processes through createRequire at once',
      'webhook/x.ts',
      `import * as m from 'node:module'\nm.createRequire(import.meta.url)('child_process')`,
    ],
    ['the web program starts processes by a library', 'webhook/x.ts', `import { execa } from 'execa'`],
    ['the worker imports the web program', 'worker/run/x.ts', `await import('../../webhook/main.ts')`],
    ['the worker imports koa', 'worker/x.ts', `import type Koa from 'koa'`],
    ['the worker imports a part of koa', 'worker/x.ts', `import Router from '@koa/router'`],
    ['a type is imported in place', 'worker/x.ts', `export type A = import('../webhook/app.ts').App`],
    ['import = require', 'worker/x.ts', `import app = require('../webhook/app.ts')`],
    ['a template text is imported', 'worker/x.ts', 'await import(`../webhook/app.ts`)'],
    ['something computed is imported', 'worker/x.ts', 'const room: string = "webhook"\nawait import(room)'],
    ['the commands import the inside of the worker', 'cli/x.ts', `import { a } from '../worker/queue/queue.ts'`],
    ['the commands import the inside of the web program', 'cli/x.ts', `import type { a } from '../webhook/app.ts'`],
    ['something outside the project is imported', 'job/x.ts', `import '../../elsewhere/x.ts'`],
    ['something is imported by its whole path', 'job/x.ts', `import '/etc/x.js'`],
    ['a file stands in an unknown room', 'server/x.ts', ''],
    ['a file stands in the root', 'x.ts', ''],
    ['the plan reads a file', 'worker/plan/x.ts', `import { readFileSync } from 'node:fs'`],
    ['the plan uses another part of the worker', 'worker/plan/x.ts', `import { a } from '../queue/queue.ts'`],
    ['the plan loads a config', 'worker/plan/x.ts', `import { loadConfig } from '../../config/load.ts'`],
  ]
  for (const [what, file, source] of FORBIDDEN) {
    test(`is broken when ${what}`, () => assert.equal(violations(new Map([[file, source]])).length, 1))
  }

  test('is broken when the plan does I/O by way of another file', () => {
    const sources = new Map([
      ['worker/plan/x.ts', `import { findRepository } from '../../config/match.ts'`],
      ['config/match.ts', `export { findRepository } from './find.ts'`],
      ['config/find.ts', `import { readFile } from 'node:fs/promises'`],
    ])
    assert.deepEqual(violations(sources), [
      'config/find.ts:1  worker/plan/ is pure, and worker/plan/x.ts → config/match.ts → config/find.ts → node:fs/promises is not',
    ])
  })

  const ALLOWED: [what: string, file: string, source: string][] = [
    ['the web program reads a delivery', 'webhook/x.ts', `import { a } from '../forge/github/intake.ts'`],
    ['the commands start a program', 'cli/x.ts', `await import('../worker/main.ts')`],
    ['the plan names a type of the worker', 'worker/plan/x.ts', `import type { A } from '../steps/executor.ts'`],
    ['the plan matches', 'worker/plan/x.ts', `import { a } from '../../config/match.ts'`],
    [
      'an import is only a comment or a text',
      'job/x.ts',
      `// import '../worker/main.ts'\nconst text = "import '../worker/main.ts'"`,
    ],
    [
      'the version is read',
      'worker/x.ts',
      `import { createRequire } from 'node:module'\ncreateRequire(import.meta.url)('../package.json')`,
    ],
  ]
  for (const [what, file, source] of ALLOWED) {
    test(`is kept when ${what}`, () => assert.deepEqual(violations(new Map([[file, source]])), []))
  }

  test('is not kept by a file that cannot be read as a program', () => {
    assert.throws(() => violations(new Map([['job/x.ts', 'import {']])), /job\/x\.ts cannot be parsed/)
  })
})
