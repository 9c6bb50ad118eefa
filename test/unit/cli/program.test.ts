import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { CommanderError } from 'commander'
import { createProgram } from '../../../cli/program.ts'
import { fakeCli } from './fake-cli.ts'

const WRONG: [string, RegExp][] = [
  ['runs --limt 3', /unknown option '--limt'[\s\S]*Did you mean --limit\?/],
  ['runs --state broken', /Allowed choices are queued, running/],
  ['runs --limit 0', /A limit is a whole number/],
  ['show', /missing required argument 'run'/],
  ['show a b', /too many arguments/],
  ['logs 1 --step 0', /Steps are numbered from 1/],
  ['webhook --port 70000', /A port is a number from 0 to 65535/],
  ['explain github.com/acme/shop', /Which branch or tag/],
  ['explain github.com/acme/shop --branch a --tag b', /cannot be used with/],
  ['trigger github.com/acme/shop', /Which branch or tag/],
  ['trigger github.com/acme/shop --branch main --commit abc', /40 hex digits/],
  ['trigger github.com/acme/shop --branch main --json --follow', /cannot be used with/],
]

suite('wrong usage says what is wrong', () => {
  for (const [line, says] of WRONG) {
    test(`letterbox ${line}`, async () => {
      const { cli, said, complained, code } = fakeCli()
      const refused = await createProgram(cli)
        .parseAsync(line.split(' '), { from: 'user' })
        .then(() => code() === 2)
        .catch((error) => error instanceof CommanderError && error.exitCode !== 0)
      assert.ok(refused, 'it is refused as wrong usage')
      assert.match(complained(), says)
      assert.equal(said(), '')
    })
  }

  test('the help of a command shows its examples and the common options', async () => {
    const { cli, said } = fakeCli()
    await assert.rejects(createProgram(cli).parseAsync(['help', 'explain'], { from: 'user' }), { exitCode: 0 })
    assert.match(said(), /Examples:\n {2}\$ letterbox explain github\.com\/acme\/shop --branch main/)
    assert.match(said(), /--config <file>[\s\S]*LETTERBOX_CONFIG/)
  })
})
