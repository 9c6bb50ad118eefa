import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { z } from 'zod'
import { deployStand } from '../support/deploy-stand.ts'

const Policy = z.object({
  Statement: z.array(z.object({ Sid: z.string(), Effect: z.literal('Allow'), Action: z.array(z.string()) })),
})

function documented(): Map<string, string[]> {
  const text = readFileSync(join(import.meta.dirname, '../../docs/deploying.md'), 'utf8')
  const [, json = ''] = /```json policy\n(.*?)```/s.exec(text) ?? []
  return new Map(Policy.parse(JSON.parse(json)).Statement.map(({ Sid, Action }) => [Sid, Action]))
}

test('the policy in docs/deploying.md allows what deploys really call, statement by statement, and nothing more', async (t) => {
  const policy = documented()
  const statements = (...names: string[]) => names.flatMap((name) => policy.get(name) ?? []).sort()

  const plain = await deployStand(t)
  await plain.deploy()
  assert.deepEqual(plain.double.actions(), statements('Deploy', 'Bundles'))

  const rollback = await deployStand(t)
  rollback.double.beanstalk.moods.busyFor = Infinity
  await rollback.fails({ with: { rollback: true, wait: '1ms' } })
  assert.deepEqual(rollback.double.actions(), statements('Deploy', 'Bundles', 'OnlyWithRollback'))

  const create = await deployStand(t, { empty: true })
  const wanted = { createApplication: true, solutionStack: 'Docker' }
  await create.deploy({ with: wanted })
  const updates = ['elasticbeanstalk:UpdateEnvironment']
  const created = statements('Deploy', 'Bundles', 'OnlyToCreate').filter((action) => !updates.includes(action))
  assert.deepEqual(create.double.actions(), created)

  const roles = await deployStand(t, { empty: true })
  const operationsRole = 'arn:aws:iam::123456789012:role/operations'
  await roles.deploy({ with: { ...wanted, instanceProfile: 'instances', operationsRole } })
  assert.deepEqual(roles.double.actions(), [...created, ...statements('OnlyToCreateWithRoles')].sort())

  const all = [plain, rollback, create, roles].flatMap(({ double }) => double.actions())
  assert.deepEqual([...new Set(all)].sort(), [...policy.values()].flat().sort())
})
