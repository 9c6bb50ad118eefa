import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { freshFolder } from '../support/fresh-folder.ts'
import { runCommand } from '../support/run-command.ts'

const GOOD = `
repositories:
  github.com/acme/shop:
    secret: { env: SHOP_SECRET }
    triggers:
      - on: push
        branches: [main]
        steps:
          - build: { image: acme/shop }
          - test: { command: ./run-tests.sh }
`
const BAD = GOOD.replace('command:', 'comand:').replace('branches: [main]', 'branches: []')

suite('letterbox check', () => {
  test('a good config is called good, with what it holds', async (t) => {
    const file = join(freshFolder(t), 'config.yaml')
    writeFileSync(file, GOOD)
    const { code, stdout, stderr } = await runCommand(['check', file])
    assert.equal(stderr, '')
    assert.equal(stdout, `${file} is good: 1 repository, 1 trigger\n`)
    assert.equal(code, 0)
  })

  test('a bad config shows every mistake with its line and a fix, and counts them', async (t) => {
    const folder = freshFolder(t)
    writeFileSync(join(folder, 'config.yaml'), BAD)
    const { code, stdout } = await runCommand(['check', 'config.yaml'], { cwd: folder })
    assert.equal(code, 1)
    assert.match(stdout, /^config\.yaml:10:\d+ {2}error {2}UNKNOWN_KEY {2}repositories › github\.com\/acme\/shop/m)
    assert.match(stdout, /did you mean "command"\?/)
    assert.match(stdout, /^config\.yaml:7:\d+ {2}error /m)
    assert.match(stdout, /\n\d errors in config\.yaml\n$/)
  })

  test('programs get the same as JSON', async (t) => {
    const file = join(freshFolder(t), 'config.yaml')
    writeFileSync(file, BAD)
    const { code, stdout } = await runCommand(['check', '--json'], { env: { LETTERBOX_CONFIG: file } })
    const said = JSON.parse(stdout)
    assert.equal(code, 1)
    assert.equal(said.ok, false)
    assert.equal(said.file, file)
    assert.ok(
      said.diagnostics.some((one: { code: string; line: number }) => one.code === 'UNKNOWN_KEY' && one.line === 10),
    )
  })

  test('a file that is not there is said to be not there', async () => {
    const { code, stdout } = await runCommand(['check', '/nowhere/config.yaml'])
    assert.equal(code, 1)
    assert.match(stdout, /There is no such file/)
  })
})
