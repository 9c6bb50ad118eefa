import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readCommandLine } from '../../../webhook/command-line.ts'

describe('the command line of the webhook program', () => {
  it('has defaults', () => {
    const expected = { config: 'config/config.yaml', data: 'data', host: '127.0.0.1', port: 8080, blind: false }
    assert.deepEqual(readCommandLine([], {}), expected)
  })

  it('takes flags before the environment', () => {
    const env = { LETTERBOX_CONFIG: 'c', LETTERBOX_DATA: 'd' }
    const line = readCommandLine(['--config', 'x.yaml', '--host', '::1', '--port', '0', '--blind'], env)
    assert.deepEqual(line, { config: 'x.yaml', data: 'd', host: '::1', port: 0, blind: true })
  })

  for (const args of [['--port', '65536'], ['--port', 'x'], ['--port', '-1'], ['--prot', '1'], ['stray']]) {
    it(`refuses ${args.join(' ')} as wrong usage`, () => {
      assert.throws(() => readCommandLine(args, {}), { code: 'WRONG_USAGE' })
    })
  }
})
