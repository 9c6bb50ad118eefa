import assert from 'node:assert/strict'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { suite, test } from 'node:test'
import { parse, stringify } from 'yaml'
import { openStoreReader } from '../../job/store.ts'
import { BASE_IMAGE, baseImage } from '../support/base-image.ts'
import { composeImages } from '../support/compose/images.ts'
import { composeStack, letTalk, type Stack } from '../support/compose/stack.ts'
import { type Delivery, githubPush } from '../support/delivery.ts'
import { startEngine, type TestEngine } from '../support/engine.ts'
import { freePort } from '../support/free-port.ts'
import { freshFolder } from '../support/fresh-folder.ts'
import { startGitServer } from '../support/git-server.ts'
import { type Program, startProgram } from '../support/program.ts'
import { runCommand } from '../support/run-command.ts'
import { shopFiles } from '../support/shop.ts'
import { until } from '../support/until.ts'

/* The server as docs/install.md sets it up, below a folder of its own: `letterbox setup`, `docker-compose up -d`, the
 * worker on the host. One test, because starting all this takes most of the time. */

const SHOP = 'acme/shop'

suite('the server', () => {
  test(
    'set up by command: a push goes through the proxy to the web container, over the hatch, into its own registry',
    {
      timeout: 180_000,
    },
    async (t) => {
      const stops: (() => Promise<unknown>)[] = []
      const root = freshFolder(t, async () => {
        for (const stop of stops.reverse()) await stop()
      })
      chmodSync(root, 0o755)
      const engine = await startEngine()
      stops.push(engine.stop)
      await composeImages(engine.docker)
      await baseImage(engine.docker, BASE_IMAGE)
      const git = await startGitServer()
      stops.push(git.close)
      const shop = await git.repository(SHOP)
      const commit = await shop.commit({ branch: 'main', files: shopFiles() })
      const port = await freePort()
      const repository = `${git.host}/${SHOP}`

      await t.test('setup makes all that the containers and the worker want', async () => {
        await emptyAccounts(root)
        const flags = ['--host', 'localhost', '--local-ca', '--registry', '--repository', repository]
        const { code, stdout, stderr } = await runCommand(['setup', '--root', root, ...flags])
        assert.equal(code, 0, `${stdout}${stderr}`)
        changeConfig(join(root, 'etc/letterbox/config.yaml'), { git, port })
      })
      const ca = readFileSync(join(root, 'var/lib/letterbox-proxy/local-ca/ca.crt'), 'utf8')
      const stack = composeStack({
        folder: root,
        engineHost: engine.host,
        variables: await variables(root, port, engine),
      })
      stops.push(stack.down)

      await t.test('the compose file starts', async () => {
        await stack.compose('build', '--quiet')
        stops.push(async () => await engine.docker.getImage(webImage(stack)).remove({ force: true }))
        await stack.compose('up', '-d')
        stops.push(await letTalk(await bridgesOf(engine, stack)))
        await until(async () => (await get(port, ca, '/healthz')).status === 200, {
          what: 'the web program to answer through the proxy',
          deadlineMs: 30_000,
          describe: () => stack.compose('logs', '--tail', '20'),
        })
      })

      await t.test('the web container is no root, has no rights, and can write nothing but the hatch', async () => {
        const web = engine.docker.getContainer(await stack.container('web'))
        const { Config, HostConfig } = await web.inspect()
        assert.equal(Config.User, '10001:10001')
        assert.equal(HostConfig.ReadonlyRootfs, true)
        assert.deepEqual(HostConfig.CapDrop, ['ALL'])
        assert.ok(HostConfig.SecurityOpt?.includes('no-new-privileges:true'))
        assert.deepEqual(JSON.parse(await inContainer(engine, web.id, ['node', '-e', TRY_TO_WRITE])), {
          '/opt/letterbox/webhook/x': 'EROFS',
          '/etc/letterbox/x': 'EROFS',
          '/var/lib/letterbox/state/x': 'EROFS',
          '/var/lib/letterbox/spool/x': 'EACCES',
          '/var/lib/letterbox/spool/new/x': 'written',
          '/var/lib/letterbox/spool/tmp/x': 'written',
        })
        const secrets = ['/etc/letterbox/registry-password', '/etc/letterbox/web.env']
        for (const file of secrets) {
          const said = await inContainer(engine, web.id, ['node', '-e', `require('fs').readFileSync('${file}')`])
          assert.match(said, /EACCES/)
        }
        const modules = await inContainer(engine, web.id, ['ls', '-1', 'node_modules'])
        assert.match(modules, /^koa\r?$/m)
        assert.doesNotMatch(modules, /dockerode|nodemailer|@aws-sdk|typescript/)
      })

      await t.test('E13: the registry wants a login, and plain HTTP is sent on', async () => {
        assert.equal((await get(port, ca, '/v2/')).status, 401)
        const login = `ci:${readFileSync(join(root, 'etc/letterbox/registry-password'), 'utf8').trim()}`
        const headers = { authorization: `Basic ${Buffer.from(login).toString('base64')}` }
        assert.equal((await get(port, ca, '/v2/', headers)).status, 200)
        const plain = await fetch(`http://localhost:${plainPort(root)}/v2/`, { redirect: 'manual' })
        assert.equal(plain.status, 301)
      })

      await t.test('a signed push is built and lies in the registry', async () => {
        const worker = await startWorker(root, engine)
        stops.push(() => worker.stop())
        const secret = readSecret(root)
        const push = githubPush({ forge: git.url, path: SHOP, secret, ref: 'refs/heads/main', commit })
        const answer = await post(port, ca, push)
        assert.equal(answer.status, 202, answer.body)
        const run = await endedRun(root, worker)
        assert.equal(run.state, 'succeeded', JSON.stringify(run, null, 2))
        const { stdout } = await runCommand(['registry', 'ls', '--json', ...workerOptions(root)], { env: tlsEnv(root) })
        assert.match(stdout, /"acme\/shop"/)
        const again = await post(port, ca, push)
        assert.match(again.body, /duplicate/, 'the web program reads the store, read-only as it is')
      })

      await t.test('a forged signature is refused at the door', async () => {
        const push = githubPush({ forge: git.url, path: SHOP, secret: 'guessed', ref: 'refs/heads/main', commit })
        assert.equal((await post(port, ca, push)).status, 401)
        assert.deepEqual(
          readdirSync(join(root, 'var/lib/letterbox/spool/new')).filter((name) => name !== 'x'),
          [],
        )
      })

      await t.test('the registry’s garbage is collected, and what is tagged stays', async () => {
        await stack.compose('stop', '-t', '2', 'registry')
        const said = await stack.compose('--profile', 'gc', 'run', '--rm', '-T', 'registry-gc')
        assert.match(said, /acme\/shop: marking manifest sha256:/)
        await stack.compose('start', 'registry')
        const listed = async () => await runCommand(['registry', 'ls', ...workerOptions(root)], { env: tlsEnv(root) })
        await until(async () => /acme\/shop +latest/.test((await listed()).stdout), {
          what: 'the registry to show what it holds',
          describe: listed,
        })
      })

      await t.test('the engine calls the web container healthy', async () => {
        const web = engine.docker.getContainer(await stack.container('web'))
        const health = async () => (await web.inspect()).State.Health
        await until(async () => (await health())?.Status === 'healthy', {
          what: 'the health check to pass',
          deadlineMs: 40_000,
          describe: health,
        })
      })
    },
  )
})

const TRY_TO_WRITE = `
  const fs = require('fs'), tried = {}
  for (const path of ['/opt/letterbox/webhook/x', '/etc/letterbox/x', '/var/lib/letterbox/state/x',
    '/var/lib/letterbox/spool/x', '/var/lib/letterbox/spool/new/x', '/var/lib/letterbox/spool/tmp/x'])
    try { fs.writeFileSync(path, ''); fs.rmSync(path); tried[path] = 'written' } catch (error) { tried[path] = error.code }
  console.log(JSON.stringify(tried))
`

async function emptyAccounts(root: string): Promise<void> {
  const { mkdir, writeFile } = await import('node:fs/promises')
  await mkdir(join(root, 'etc'))
  await writeFile(join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n')
  await writeFile(join(root, 'etc/group'), 'root:x:0:\n')
}

/** What an operator would change for a forge of their own and a registry that is not at port 443. */
function changeConfig(file: string, { git, port }: { git: { host: string; url: string }; port: number }): void {
  const config = parse(readFileSync(file, 'utf8'))
  config.forges = { [git.host]: { kind: 'github', url: git.url } }
  config.registries.main.address = `localhost:${port}`
  config.worker = { user: 'nobody', stopTimeout: '5s', network: { protect: false } }
  writeFileSync(file, stringify(config))
  // the worker reads the same files at their place below the folder
  const root = file.slice(0, -'/etc/letterbox/config.yaml'.length)
  writeFileSync(
    join(root, 'worker-config.yaml'),
    stringify(config).replaceAll('/etc/letterbox/', `${root}/etc/letterbox/`),
  )
}

async function variables(root: string, port: number, engine: TestEngine): Promise<Record<string, string>> {
  const plain = await freePort()
  writeFileSync(join(root, 'plain-port'), String(plain))
  return {
    ...writtenBySetup(root),
    LETTERBOX_VERSION: `test-${port}`,
    LETTERBOX_ETC: join(root, 'etc/letterbox'),
    LETTERBOX_DATA: join(root, 'var/lib/letterbox'),
    LETTERBOX_PROXY: join(root, 'var/lib/letterbox-proxy'),
    LETTERBOX_HTTP_PORT: String(plain),
    LETTERBOX_HTTPS_PORT: String(port),
    LETTERBOX_DOCKER_SOCKET: new URL(engine.host).pathname,
    LETTERBOX_SUBNET: `172.31.${port % 256}.0/24`,
  }
}

const plainPort = (root: string): string => readFileSync(join(root, 'plain-port'), 'utf8')

/** The .env file; the project's name is the test's own. */
function writtenBySetup(root: string): Record<string, string> {
  const install = new URL('../../', import.meta.url).pathname
  const lines = readFileSync(join(root, install, '.env'), 'utf8').split('\n')
  const pairs = lines.filter((line) => /^\w+=/.test(line)).map((line) => line.split(/=(.*)/s).slice(0, 2))
  const { COMPOSE_PROJECT_NAME: _, ...variables } = Object.fromEntries(pairs)
  return variables
}

const webImage = (stack: Stack): string => `letterbox-web:${stack.variables.LETTERBOX_VERSION}`

async function bridgesOf({ docker }: TestEngine, { project }: Stack): Promise<string[]> {
  const networks = await docker.listNetworks({ filters: { name: [project] } })
  const bridges = networks.map(({ Id }) => `br-${Id.slice(0, 12)}`)
  return bridges.filter((bridge) => existsSync(join('/sys/class/net', bridge)))
}

async function inContainer({ docker }: TestEngine, id: string, command: string[]): Promise<string> {
  const exec = await docker.getContainer(id).exec({ Cmd: command, AttachStdout: true, AttachStderr: true, Tty: true })
  return await text(await exec.start({ Tty: true }))
}

const workerOptions = (root: string): string[] => [
  ...['--config', join(root, 'worker-config.yaml')],
  ...['--data', join(root, 'var/lib/letterbox')],
]

const tlsEnv = (root: string) => ({ NODE_EXTRA_CA_CERTS: join(root, 'var/lib/letterbox-proxy/local-ca/ca.crt') })

async function startWorker(root: string, engine: TestEngine): Promise<Program> {
  const { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE } = process.env
  const env = { PATH, HOME, TMPDIR, NODE_COMPILE_CACHE, DOCKER_HOST: engine.host, LETTERBOX_WEB_GID: '10001' }
  const worker = startProgram(['worker', ...workerOptions(root)], { ...env, ...tlsEnv(root) })
  await worker.said('that it is ready', (line) => line.msg === 'worker ready')
  return worker
}

function readSecret(root: string): string {
  const folder = join(root, 'etc/letterbox/webhook-secrets')
  return readFileSync(join(folder, readdirSync(folder)[0] ?? ''), 'utf8').trim()
}

async function endedRun(root: string, worker: Program) {
  const file = join(root, 'var/lib/letterbox/state/letterbox.db')
  const newest = () => {
    if (!existsSync(file)) return null
    const store = openStoreReader(file)
    const [run] = store.runs({ limit: 1 })
    store.close()
    return run?.finishedAt == null ? null : run
  }
  return await until(newest, {
    what: 'the run to end',
    deadlineMs: 60_000,
    describe: () => worker.output().slice(-3000),
  })
}

type Answer = { status: number; body: string }

function get(port: number, ca: string, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return ask({ port, ca, path, method: 'GET', headers }, '')
}

function post(port: number, ca: string, { headers, body }: Delivery): Promise<Answer> {
  return ask({ port, ca, path: '/hooks', method: 'POST', headers }, body)
}

function ask(options: object, body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request(
      { host: 'localhost', agent: false, signal: AbortSignal.timeout(5000), ...options },
      async (response) => {
        resolve({ status: response.statusCode ?? 0, body: await text(response) })
      },
    )
    asked.on('error', reject)
    asked.end(body)
  })
}
