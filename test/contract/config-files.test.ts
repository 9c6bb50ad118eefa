import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { promisify } from 'node:util'
import { codes } from '../../config/diagnose/codes.ts'
import { formatDiagnostics } from '../../config/diagnostic.ts'
import { configJsonSchema, type JsonSchema } from '../../config/generate/json-schema.ts'
import { type ConfigResult, loadConfig, parseConfig } from '../../config/load.ts'
import { freshFolder } from '../support/fresh-folder.ts'

const root = join(import.meta.dirname, '..', '..')

function accepted(result: ConfigResult): Extract<ConfigResult, { kind: 'ok' }> {
  assert.ok(
    result.kind === 'ok',
    result.kind === 'refused' ? formatDiagnostics(result.diagnostics, { color: false }) : '',
  )
  return result
}

describe('the config files of the project', () => {
  test('the sample that we ship loads without a word', async () => {
    const { warnings, config } = accepted(await loadConfig(join(root, 'config', 'config.yaml')))
    assert.deepEqual(warnings, [])
    assert.equal(config.worker.timeout, 3_600_000)
    assert.equal(Object.keys(config.repositories).length, 2)
  })

  test('the sample begins with the schema for editors', async () => {
    const text = await readFile(join(root, 'config', 'config.yaml'), 'utf8')
    assert.ok(text.startsWith('# yaml-language-server: $schema=./config.schema.json\n'))
  })

  test('the sample of the design loads as it stands', async () => {
    const file = join(root, 'test', 'fixtures', 'config', 'design-sample.yaml')
    const { config, warnings } = accepted(await loadConfig(file))
    assert.deepEqual(warnings, [])
    const [first] = config.repositories['github.com/2pisoftware/cmfive']?.triggers ?? []
    assert.deepEqual(
      first?.steps.map((step) => step.action),
      ['build', 'push'],
    )
  })

  test('what is generated from the schema has not drifted', async () => {
    await promisify(execFile)(process.execPath, [join(root, 'config', 'generate.ts'), '--check'])
  })

  test('the schema for editors explains every key', () => {
    const silent: string[] = []
    const visit = (schema: JsonSchema, path: string): void => {
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        if (!property.description) silent.push(`${path}.${key}`)
        visit(property, `${path}.${key}`)
      }
      if (typeof schema.additionalProperties === 'object') visit(schema.additionalProperties, `${path}.*`)
      if (schema.items) visit(schema.items, `${path}[]`)
      for (const option of schema.anyOf ?? []) visit(option, path)
    }
    visit(configJsonSchema(), '')
    assert.deepEqual(silent, [])
  })

  test('the reference lists every code', async () => {
    const reference = await readFile(join(root, 'docs', 'configuration.md'), 'utf8')
    for (const code of Object.keys(codes)) assert.ok(reference.includes(`| \`${code}\` |`), code)
  })
})

describe('a config file that cannot be read is told, not thrown', () => {
  const codeOf = async (file: string) => {
    const result = await loadConfig(file)
    assert.ok(result.kind === 'refused')
    assert.match(formatDiagnostics(result.diagnostics, { color: false }), /why: .+ {3}fix: .+/)
    return result.diagnostics.map((diagnostic) => diagnostic.code)
  }

  test('when there is none', async (t) => {
    assert.deepEqual(await codeOf(join(freshFolder(t), 'none.yaml')), ['FILE_NOT_FOUND'])
    assert.deepEqual(await codeOf(''), ['FILE_NOT_FOUND'])
  })

  test('when it is a folder', async (t) => {
    const folder = join(freshFolder(t), 'folder')
    await mkdir(folder)
    assert.deepEqual(await codeOf(folder), ['FILE_IS_FOLDER'])
  })

  test('when it is no ordinary file', async () => assert.deepEqual(await codeOf('/dev/null'), ['FILE_UNREADABLE']))

  test('when the rights are missing', async (t) => {
    const file = join(freshFolder(t), 'config.yaml')
    await writeFile(file, 'web: {}')
    await chmod(file, 0)
    const isRoot = process.geteuid?.() === 0
    // Root may read everything, so for a moment we are nobody.
    if (isRoot) process.seteuid?.(65_534)
    try {
      assert.deepEqual(await codeOf(file), ['FILE_UNREADABLE'])
    } finally {
      if (isRoot) process.seteuid?.(0)
    }
  })

  test('when it is not UTF-8', async (t) => {
    const file = join(freshFolder(t), 'config.yaml')
    await writeFile(file, Buffer.from([0x77, 0x3a, 0x20, 0xff, 0xfe]))
    assert.deepEqual(await codeOf(file), ['FILE_NOT_UTF8'])
  })

  test('when it is larger than 1 MiB', async (t) => {
    const file = join(freshFolder(t), 'config.yaml')
    await writeFile(file, '#'.repeat(1024 * 1024 + 1))
    assert.deepEqual(await codeOf(file), ['FILE_TOO_LARGE'])
  })

  test('when it begins with a byte order mark it is simply read', async (t) => {
    const file = join(freshFolder(t), 'config.yaml')
    await writeFile(file, '\ufeffworker: { concurrency: 3 }\n')
    assert.equal(accepted(await loadConfig(file)).config.worker.concurrency, 3)
  })
})

test('a config of a thousand repositories is loaded within a moment', () => {
  const repositories = Array.from(
    { length: 1000 },
    (_, number) =>
      `  github.com/acme/repo-${number}: { secret: { env: S }, triggers: [{ on: push, branches: [main], steps: [{ build: { image: acme/x } }] }] }`,
  )
  const startedAt = process.cpuUsage()
  accepted(parseConfig(`repositories:\n${repositories.join('\n')}\n`, 'config.yaml'))
  const { user, system } = process.cpuUsage(startedAt)
  assert.ok(user + system < 3_000_000, `${(user + system) / 1000} ms of processor time`)
})
