import assert from 'node:assert/strict'
import { userInfo } from 'node:os'
import { describe, it } from 'node:test'
import { execa } from 'execa'
import { errorFacts } from '../../job/letterbox-error.ts'
import { ensureUser } from '../../worker/host-user/unprivileged-user.ts'

const isRoot = process.getuid?.() === 0

describe('the unprivileged user', () => {
  it(
    'is made when root starts and it is missing: without shell, home and password; and found the next time',
    { skip: !isRoot && 'only root can make users' },
    async () => {
      const name = `letterbox-t${process.pid % 10_000}`
      try {
        const made = await ensureUser(name)
        assert.equal(made.created, true)
        assert.ok(made.uid > 0 && made.gid > 0)
        const { stdout } = await execa('getent', ['passwd', name])
        assert.match(stdout, /:\/nonexistent:.*nologin$/)
        assert.deepEqual(await ensureUser(name), { ...made, created: false })
      } finally {
        await execa('userdel', [name], { reject: false })
      }
    },
  )

  it('is never root, by whatever name', { skip: !isRoot && 'only root can make users' }, async () => {
    await assert.rejects(ensureUser('root'), (error) => errorFacts(error).code === 'USER_UNUSABLE')
  })

  it(
    'has a name that no program takes for an option or a path',
    { skip: !isRoot && 'only root can make users' },
    async () => {
      for (const name of ['--root', '../x', 'a b', 'a:b', '', 'Ä', 'a\nb']) {
        await assert.rejects(ensureUser(name), (error) => errorFacts(error).code === 'ACCOUNT_NAME_INVALID')
      }
    },
  )

  it('is the worker itself where the worker is not root, and says so', { skip: isRoot && 'runs as root' }, async () => {
    const user = await ensureUser('letterbox')
    assert.equal(user.uid, userInfo().uid)
    assert.equal(user.separate, false)
  })
})
