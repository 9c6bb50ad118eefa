import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type DeployChange, deployStand } from '../support/deploy-stand.ts'

const OLD = 'a'.repeat(40)
const NEW = 'b'.repeat(40)

/** A repository in which OLD comes before NEW; `lost`: that no longer has them. */
function history(lost = false): Pick<DeployChange, 'source'> {
  const isAncestor = async (_: unknown, { older, newer }: { older: string; newer: string }) =>
    lost ? null : older === OLD && newer === NEW
  const unasked = async () => {
    throw new Error('this is not asked for here')
  }
  return { source: { fetch: unasked, remoteCommit: unasked, sweep: unasked, isAncestor } }
}

const older = { tag: 'v1', commit: OLD, ...history() }
const newer = { tag: 'v2', commit: NEW, ...history() }

describe('deploys go forward only', () => {
  test('A20: a tag whose commit is older than what is live is refused before anything is uploaded', async (t) => {
    const { double, deploy, fails } = await deployStand(t)
    await deploy(newer)
    const { code, message, hint } = await fails(older)

    assert.equal(code, 'DEPLOY_BACKWARDS')
    assert.match(message, /a{12} is older than what is live on crm-prod: 2-b{12}, commit b{12}/)
    assert.match(hint ?? '', /--rollback/)
    assert.deepEqual(double.beanstalk.environments[0]?.updates, ['2-bbbbbbbbbbbb'])
    assert.equal(double.done('CreateApplicationVersion').length, 1)
  })

  test('a newer commit, and the same one under another label, go', async (t) => {
    const { deploy } = await deployStand(t)
    await deploy(older)
    await deploy(newer)
    const { outputs } = await deploy({ ...newer, tag: 'v2.0.1' })
    assert.equal(outputs.versionLabel, '2.0.1-bbbbbbbbbbbb')
  })

  test('who says rollback, in the command or in the config, goes back, and the log says so', async (t) => {
    const { deploy } = await deployStand(t)
    await deploy(older)
    await deploy(newer)
    const { outputs, said } = await deploy({ ...older, backwards: true })
    assert.equal(outputs.versionLabel, '1-aaaaaaaaaaaa')
    assert.match(said.join('\n'), /going back, as told/)
    await deploy(newer)
    const allowed = await deploy({ ...older, with: { allowBackwards: true } })
    assert.equal(allowed.outputs.versionLabel, '1-aaaaaaaaaaaa')
  })

  test('a live commit that the repository no longer has stops nothing, and that is said', async (t) => {
    const { deploy } = await deployStand(t)
    await deploy(newer)
    const { said } = await deploy({ ...older, ...history(true) })
    assert.match(said.join('\n'), /commit b{40} of 2-b{12} cannot be found: not compared/)
  })
})
