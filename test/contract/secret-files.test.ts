import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { suite, test } from 'node:test'
import { ulid } from 'ulid'
import { sweepSecretFiles, withSecretFiles } from '../../worker/steps/secret-files.ts'

const { username, uid, gid, homedir } = userInfo()
const FILES = [{ name: 'NPM', path: '/any/.npmrc', content: 'token' }]
const SELF = { name: username, uid, gid, home: homedir, other: false, groups: [] }

suite('secrets of a script as files', () => {
  test('stand under the wanted name in a private folder, readable by the owner alone, and go with the step', async () => {
    let seen = ''
    await assert.rejects(
      withSecretFiles(FILES, { account: SELF, run: ulid() }, async ({ NPM_FILE = '' }) => {
        seen = NPM_FILE
        assert.equal(basename(seen), '.npmrc')
        assert.equal(readFileSync(seen, 'utf8'), 'token')
        assert.equal(statSync(seen).mode & 0o777, 0o400)
        assert.equal(statSync(dirname(seen)).mode & 0o777, 0o700)
        throw new Error('the script fails')
      }),
      /the script fails/,
    )
    assert.equal(existsSync(dirname(seen)), false)
  })

  test('belong to the user that the step names', { skip: uid !== 0 && 'only root may give files away' }, async () => {
    const account = { ...SELF, name: 'nobody', uid: 65_534, gid: 65_534, other: true }
    await withSecretFiles(FILES, { account, run: ulid() }, async ({ NPM_FILE = '' }) => {
      assert.deepEqual([statSync(NPM_FILE).uid, statSync(dirname(NPM_FILE)).uid], [65_534, 65_534])
    })
  })

  test('that a killed worker left are removed by the next, those of another installation are not', async () => {
    const [ours, others] = [ulid(), ulid()]
    const folders = [ours, others].map((run) => join(tmpdir(), `letterbox-secrets-${run}-abc`))
    for (const folder of folders) mkdirSync(folder)
    assert.equal(await sweepSecretFiles((run) => run === ours), 1)
    assert.deepEqual(folders.map(existsSync), [false, true])
    await sweepSecretFiles((run) => run === others)
  })
})
