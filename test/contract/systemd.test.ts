import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { createServiceNotifier } from '../../worker/notify-systemd.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { until } from '../support/until.ts'

const UNITS = fileURLToPath(new URL('../../deploy-templates/systemd/', import.meta.url))
const ROOT = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '')
const ANALYZE = ['/usr/bin/systemd-analyze', '/bin/systemd-analyze'].find(existsSync)

suite('systemd', () => {
  test('finds nothing to complain about in the units', { skip: ANALYZE ? false : 'no systemd-analyze here' }, (t) => {
    const folder = freshFolder(t)
    const files = readdirSync(UNITS).map((name) => {
      const text = readFileSync(join(UNITS, name), 'utf8')
        .replaceAll('@INSTALL@', ROOT)
        .replaceAll('@WEB_GID@', '10001')
      writeFileSync(join(folder, name), text)
      return join(folder, name)
    })
    assert.equal(execFileSync(ANALYZE ?? '', ['verify', '--man=no', ...files], { encoding: 'utf8', stdio: 'pipe' }), '')
  })

  test('hears that the worker is ready, that it lives, and that it stops', async (t) => {
    const folder = freshFolder(t)
    const told = join(folder, 'told')
    writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\necho "$NOTIFY_SOCKET $*" >> ${told}\n`, { mode: 0o755 })
    const env = { PATH: `${folder}:/usr/bin:/bin`, NOTIFY_SOCKET: '/run/systemd/notify', WATCHDOG_USEC: '100000' }
    const notifier = createServiceNotifier({ env, pid: 4711, log: { warn: (_, message) => assert.fail(message) } })
    notifier.ready()
    const heard = () => (existsSync(told) ? readFileSync(told, 'utf8') : '')
    await until(() => heard().split('WATCHDOG=1').length > 2, { what: 'two signs of life', describe: heard })
    notifier.stopping()
    await until(() => heard().includes('STOPPING=1'), { what: 'the stop to be told', describe: heard })
    notifier.close()
    assert.match(heard(), /^\/run\/systemd\/notify --pid=4711 --ready/m)
  })

  test('is not told anything by a worker that it did not start', () => {
    const notifier = createServiceNotifier({ env: { PATH: '/nowhere' }, pid: 1, log: { warn: () => assert.fail() } })
    notifier.ready()
    notifier.stopping()
    notifier.close()
  })
})
