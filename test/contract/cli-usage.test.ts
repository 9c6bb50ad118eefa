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

  test('without a command it shows the help and ends with 2', async () => {
    const { code, stdout, stderr } = await runCommand([])
    assert.equal(code, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /Usage: letterbox/)
  })

  test('a mistyped command ends with 2 and asks what was meant', async () => {
    const { code, stderr } = await runCommand(['rnus'])
    assert.equal(code, 2)
    assert.match(stderr, /unknown command 'rnus'[\s\S]*Did you mean runs\?/)
  })

  test('without a terminal there are no colours', async () => {
    const { stdout, stderr } = await runCommand(['check', '/nowhere/config.yaml'])
    assert.ok(!`${stdout}${stderr}`.includes('\u001b'))
  })
})
