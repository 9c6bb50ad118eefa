import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'node:test'
import { TRANSITIONS, transitionsOf } from '../../job/transitions.ts'
import { startEngine } from '../support/engine.ts'
import { runCommand } from '../support/run-command.ts'

const FULL = process.env.LETTERBOX_SWEEP === 'full'
const SOME = ['answered', 'container-ended', 'pushed', 'mail-sent']

test('letterbox selftest --crash shows within 3 minutes that the promises hold here, and leaves nothing', async (t) => {
  const engine = await startEngine()
  t.after(() => engine.stop())
  const env = { DOCKER_HOST: engine.host, TMPDIR: tmpdir() }
  const started = performance.now()

  const names = FULL ? [] : ['--at', ...SOME]
  const { code, stdout, stderr } = await runCommand(['selftest', '--crash', '--json', ...names], { env })

  const seconds = (performance.now() - started) / 1000
  t.diagnostic(`${seconds.toFixed(1)} s`)
  const { ok, transitions } = JSON.parse(stdout)
  assert.deepEqual([code, ok], [0, true], `${stderr}${stdout}`)
  const tried: string[] = transitions.map((one: { transition: string; outcome: string }) => {
    assert.equal(one.outcome, 'kept')
    return one.transition
  })
  assert.deepEqual(tried, FULL ? transitionsOf('push') : SOME)
  assert.ok(seconds < 180, `${seconds} s`)
  assert.deepEqual(leftFolders(), [])
  const images = await engine.docker.listImages({ all: true })
  assert.deepEqual(
    images.flatMap(({ RepoTags }) => RepoTags ?? []).filter((name) => /selftest/.test(name)),
    [],
  )
})

test('without an engine it tries what needs none, and says what it did not try', async () => {
  const env = { DOCKER_HOST: 'unix:///nowhere/docker.sock', TMPDIR: tmpdir() }

  const { code, stdout } = await runCommand(['selftest', '--crash', '--at', 'recorded', 'pushed'], { env })

  assert.equal(code, 0, stdout)
  assert.match(stdout, new RegExp(`^worker +recorded +${TRANSITIONS.recorded.means} +kept`, 'm'))
  assert.match(stdout, /^2 transitions: 1 kept, 0 broken, 1 not tried: no Docker Engine answers$/m)
  assert.deepEqual(leftFolders(), [])
})

test('without --crash, or for a transition that is none, it does nothing', async () => {
  for (const args of [['selftest'], ['selftest', '--crash', '--at', 'nowhere']]) {
    const { code, stderr } = await runCommand(args)
    assert.equal(code, 2, stderr)
  }
})

function leftFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('letterbox-selftest-'))
}
