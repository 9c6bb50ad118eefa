import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { compareSync } from 'bcryptjs'
import { freshFolder } from '../support/fresh-folder.ts'
import { LETTERBOX } from '../support/program.ts'

suite('letterbox user', () => {
  test('adds a user with a bcrypt password that only root and the group can read', (t) => {
    const file = join(freshFolder(t), 'htpasswd')
    assert.equal(user(file, 'open sesame', 'add', 'ada', '--stdin').stdout, 'ada is added.\n')
    const [name, hash = ''] = readFileSync(file, 'utf8').trim().split(':')
    assert.equal(name, 'ada')
    assert.ok(compareSync('open sesame', hash))
    assert.equal(statSync(file).mode & 0o777, 0o640)
    // Apache's own tool reads it, too
    execFileSync('htpasswd', ['-vb', file, 'ada', 'open sesame'], { stdio: 'pipe' })
  })

  test('changes a password, lists and removes, and leaves the others as they are', (t) => {
    const file = join(freshFolder(t), 'htpasswd')
    user(file, 'password one', 'add', 'ada', '--stdin')
    user(file, 'password two', 'add', 'bob', '--stdin')
    const bob = readFileSync(file, 'utf8').split('\n')[1]
    assert.equal(user(file, 'password three', 'add', 'ada', '--stdin').stdout, 'ada has a new password.\n')
    assert.equal(user(file, '', 'list').stdout, 'ada\nbob\n')
    assert.equal(readFileSync(file, 'utf8').split('\n')[1], bob)
    assert.equal(user(file, '', 'remove', 'ada').stdout, 'ada is removed.\n')
    assert.deepEqual(JSON.parse(user(file, '', 'list', '--json').stdout), { users: ['bob'] })
  })

  const REFUSED: [string, string, string, RegExp][] = [
    ['a name with a colon', 'a:b', 'long enough', /no name of a user/],
    ['a name with a line end', 'a\nroot', 'long enough', /no name of a user/],
    ['a short password', 'ada', 'short', /too short/],
    ['an empty password', 'ada', '', /too short/],
    ['a password that bcrypt would cut', 'ada', 'x'.repeat(73), /too long/],
  ]
  for (const [what, name, password, says] of REFUSED) {
    test(`${what} is refused, and nothing is written`, (t) => {
      const file = join(freshFolder(t), 'htpasswd')
      writeFileSync(file, 'bob:$2b$10$hash\n')
      const { status, stderr } = user(file, password, 'add', name, '--stdin')
      assert.equal(status, 1)
      assert.match(stderr, says)
      assert.equal(readFileSync(file, 'utf8'), 'bob:$2b$10$hash\n')
    })
  }

  test('without a terminal the password is not asked for, and no argument can carry it', (t) => {
    const file = join(freshFolder(t), 'htpasswd')
    assert.match(user(file, 'unheard', 'add', 'ada').stderr, /--stdin/)
    assert.equal(user(file, '', 'add', 'ada', 'my password').status, 2)
  })

  test('removing somebody unknown is an error', (t) => {
    const { status, stderr } = user(join(freshFolder(t), 'htpasswd'), '', 'remove', 'ada')
    assert.equal(status, 1)
    assert.match(stderr, /has no user ada/)
  })
})

function user(file: string, input: string, ...args: string[]) {
  return spawnSync(LETTERBOX, ['user', ...args, '--file', file], { input, encoding: 'utf8' })
}
