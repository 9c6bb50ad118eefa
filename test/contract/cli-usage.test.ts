import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { runCommand } from '../support/run-command.ts'

suite('the command line says what it understands', () => {
  test('help names every command and ends well', async () => {
    const { code, stdout } = await runCommand(['--help'])
    assert.equal(code, 0)
    for (const name of 'up webhook worker check explain doctor runs show logs trigger retry cancel'.split(' ')) {
      assert.match(stdout, new RegExp(`^ {2}${name} `, 'm'))
    }
  })

  test('the help of a command shows examples and the common options', async () => {
    const { code, stdout } = await runCommand(['help', 'explain'])
    assert.equal(code, 0)
    assert.match(stdout, /Examples:\n {2}\$ letterbox explain github\.com\/acme\/shop --branch main/)
    assert.match(stdout, /--config <file>[\s\S]*LETTERBOX_CONFIG/)
  })

  test('without a command it shows the help and ends with 2', async () => {
    const { code, stderr } = await runCommand([])
    assert.equal(code, 2)
    assert.match(stderr, /Usage: letterbox/)
  })

  const wrong: [string[], RegExp][] = [
    [['rnus'], /unknown command 'rnus'[\s\S]*Did you mean runs\?/],
    [['runs', '--limt', '3'], /unknown option '--limt'[\s\S]*Did you mean --limit\?/],
    [['runs', '--state', 'broken'], /Allowed choices are queued, running/],
    [['runs', '--limit', '0'], /A limit is a whole number/],
    [['show'], /missing required argument 'run'/],
    [['show', 'a', 'b'], /too many arguments/],
    [['webhook', '--port', '70000'], /A port is a number from 0 to 65535/],
    [['explain', 'github.com/acme/shop'], /Which branch or tag/],
    [['explain', 'github.com/acme/shop', '--branch', 'a', '--tag', 'b'], /cannot be used with/],
    [['trigger', 'github.com/acme/shop'], /Which branch or tag/],
    [['trigger', 'github.com/acme/shop', '--branch', 'main', '--commit', 'abc'], /40 hex digits/],
  ]
  for (const [args, says] of wrong) {
    test(`'letterbox ${args.join(' ')}' is wrong usage and says how`, async () => {
      const { code, stdout, stderr } = await runCommand(args)
      assert.equal(code, 2)
      assert.equal(stdout, '')
      assert.match(stderr, says)
    })
  }

  test('without a terminal there are no colours', async () => {
    const { stdout, stderr } = await runCommand(['check', '/nowhere/config.yaml'])
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'))
  })
})
