import assert from 'node:assert/strict'
import { chmod, chown, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { type Config, ConfigSchema, type Step } from '../../config/schema.ts'
import type { Event } from '../../job/event.ts'
import { errorFacts } from '../../job/letterbox-error.ts'
import type { Run } from '../../job/run.ts'
import type { Engine } from '../../worker/engines/engine.ts'
import { createRunSecrets } from '../../worker/secrets/run-secrets.ts'
import type { Source, Workspace } from '../../worker/source/source-port.ts'
import type { StepContext } from '../../worker/steps/executor.ts'
import { script } from '../../worker/steps/script.ts'
import { isAlive } from '../support/is-alive.ts'
import { until } from '../support/until.ts'

const KEY = 'github.com/acme/shop'
const isRoot = process.getuid?.() === 0
const rootOnly = { skip: !isRoot && 'only root can change users' }

describe('a script step', () => {
  let folder: string
  let output: { stdout: string; stderr: string; said: string[] }

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'letterbox-script-test-'))
    await chmod(folder, 0o755)
    output = { stdout: '', stderr: '', said: [] }
  })
  afterEach(() => rm(folder, { recursive: true, force: true }))

  it('B01: runs the program with its arguments as they are, and no shell sees them', async () => {
    const args = ['$(id)', 'a b', '*', ';id', '--', "'"]
    assert.deepEqual(await run({ run: ['printf', '[%s]', ...args] }), { exitCode: 0, outputs: {} })
    assert.equal(output.stdout, "[$(id)][a b][*][;id][--][']")
  })

  it('gives its exit code as the verdict, and its two outputs apart', async () => {
    const end = await run({ run: [await program('echo out; echo err >&2; exit 7')] })
    assert.equal(end.exitCode, 7)
    assert.deepEqual([output.stdout, output.stderr], ['out\n', 'err\n'])
  })

  it('sees the facts of the run under the new names and under those of the older system', async () => {
    const workspace = await checkout()
    await run({ run: ['env'], env: { TARGET: 'site-{{ branch | slug }}' } }, { workspace })
    const env = Object.fromEntries(
      output.stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    )
    assert.equal(env.LETTERBOX_COMMIT, '1'.repeat(40))
    assert.equal(env.LETTERBOX_BRANCH, 'main')
    assert.equal(env.LETTERBOX_WORKSPACE, workspace.path)
    assert.equal(env.TARGET, 'site-main')
    assert.equal(env.WEBHOOKBUILD_URL, 'https://github.com/acme/shop.git')
    assert.equal(env.WEBHOOKBUILD_NAME, 'shop')
    assert.equal(env.WEBHOOKBUILD_FOLDER, workspace.path)
    assert.equal(env.WEBHOOKBUILD_CONTAINERNAME, 'shop-main')
    assert.equal(env.WEBHOOKBUILD_DOMAINNAME, 'shop.main.ci.example.com')
    assert.equal(env.WEBHOOKBUILD_TAG, '')
  })

  it('B06, D06: inherits nothing of the worker: neither its secrets nor what would load code into the program', async () => {
    const names = ['LD_PRELOAD', 'NODE_OPTIONS', 'BASH_ENV', 'GIT_DIR', 'DOCKER_HOST', 'SOME_SECRET']
    const before = { ...process.env }
    try {
      // a preload that does not exist only warns; it must not even arrive
      for (const name of names) process.env[name] = '/nonexistent/from-the-worker'
      await run({ run: ['env'] })
    } finally {
      for (const name of names) {
        if (before[name] === undefined) delete process.env[name]
        else process.env[name] = before[name]
      }
    }
    assert.doesNotMatch(output.stdout, /from-the-worker/)
  })

  it('E08: gets its secrets in the environment and not in its arguments', async () => {
    await run({ run: ['env'], secrets: { TOKEN: { env: 'X' } } })
    assert.match(output.stdout, /^TOKEN=secret of X$/m)
  })

  it('works in the checkout, and without one in an empty folder that is gone afterwards', async () => {
    const workspace = await checkout()
    await run({ run: ['cat', 'a.txt'] }, { workspace })
    assert.equal(output.stdout, 'checked out\n')
    output.stdout = ''
    await run({ run: [await program('pwd; ls -A')] })
    const [path = '', ...files] = output.stdout.trim().split('\n')
    assert.deepEqual(files, [])
    await assert.rejects(stat(path), { code: 'ENOENT' })
  })

  it(
    'runs as the user that the step names, with that user in the environment, and may read the checkout',
    rootOnly,
    async () => {
      const workspace = await checkout()
      await run({ run: [await program('id -u; echo "$USER"; cat a.txt')], user: 'nobody' }, { workspace })
      const { uid } = await stat(workspace.path)
      assert.ok(uid > 0)
      assert.equal(output.stdout, '65534\nnobody\nchecked out\n')
    },
  )

  it('lets git work in the checkout, whoever runs the script', rootOnly, async () => {
    const workspace = await checkout()
    await run({ run: ['git', 'rev-parse', '--is-inside-work-tree'] }, { workspace })
    assert.equal(output.stdout, 'true\n')
  })

  for (const user of [undefined, ...(isRoot ? ['nobody'] : [])]) {
    it(`says what is wrong with a program that cannot start (user: ${user ?? 'the worker'})`, async () => {
      const plain = join(folder, 'plain')
      await writeFile(plain, 'text')
      const cases: [string, RegExp][] = [
        ['/nonexistent/program', /there is no such program/],
        ['no-such-program', /there is no such program/],
        [plain, /may not be executed/],
      ]
      for (const [path, message] of cases) {
        await assert.rejects(run({ run: [path], ...(user && { user }) }), (error) => {
          const facts = errorFacts(error)
          assert.equal(facts.code, 'PROGRAM_NOT_STARTED')
          assert.match(facts.message, message)
          assert.ok(facts.hint)
          return true
        })
      }
    })
  }

  it('names a user that the host does not have, and one that is no name', async () => {
    for (const [user, code] of [
      ['nosuchuser-x', 'SCRIPT_USER_UNKNOWN'],
      ['--root', 'ACCOUNT_NAME_INVALID'],
    ] as const) {
      await assert.rejects(run({ run: ['true'], user }), (error) => errorFacts(error).code === code)
    }
  })

  it('ends with all its children when it is canceled', async () => {
    const cancel = new AbortController()
    const path = await program('sleep 300 & echo $!; sh -c "sleep 300" & echo $!; wait')
    const running = run({ run: [path] }, { signal: cancel.signal })
    await until(() => output.stdout.trim().split('\n').length === 2, { what: 'both children' })
    const startedAt = performance.now()
    cancel.abort(new Error('canceled'))
    await assert.rejects(running, /canceled/)
    assert.ok(performance.now() - startedAt < 2000)
    for (const pid of output.stdout.trim().split('\n')) assert.equal(await isRunning(Number(pid)), false)
  })

  it('is killed three seconds after it was asked to end and did not', async () => {
    const cancel = new AbortController()
    const running = run(
      { run: [await program('trap "" TERM; echo $$; while :; do sleep 1; done')] },
      { signal: cancel.signal },
    )
    await until(() => output.stdout !== '', { what: 'the script to run' })
    const startedAt = performance.now()
    cancel.abort(new Error('canceled'))
    await assert.rejects(running, /canceled/)
    const took = performance.now() - startedAt
    assert.ok(took > 2800 && took < 6000, `${took} ms`)
    assert.equal(await isRunning(Number(output.stdout)), false)
  })

  it('does not wait for a process that it left behind, and ends it', async () => {
    const startedAt = performance.now()
    const end = await run({ run: [await program('sleep 300 & echo $!; exit 3')] })
    assert.equal(end.exitCode, 3)
    assert.ok(performance.now() - startedAt < 5000)
    assert.equal(await isRunning(Number(output.stdout)), false)
    assert.match(output.said.join(), /left running/)
  })

  it('keeps the last words of a process that still writes when the script has ended', async () => {
    await run({ run: [await program('(sleep 0.2; echo late) & echo early')] })
    assert.equal(output.stdout, 'early\nlate\n')
  })

  it('says that somebody else killed it', async () => {
    await assert.rejects(run({ run: [await program('kill -9 $$')] }), (error) => {
      assert.equal(errorFacts(error).code, 'SCRIPT_KILLED')
      return true
    })
  })

  async function program(text: string): Promise<string> {
    const path = join(folder, 'program')
    await writeFile(path, `#!/bin/sh\n${text}\n`)
    await chmod(path, 0o755)
    return path
  }

  /** A checkout as the source makes it: another user's, below a folder that only its group may pass. */
  async function checkout(): Promise<Workspace> {
    const above = join(folder, 'workspaces')
    const path = join(above, 'run')
    await mkdir(join(path, '.git/objects'), { recursive: true })
    await mkdir(join(path, '.git/refs'))
    await writeFile(join(path, '.git/HEAD'), 'ref: refs/heads/main\n')
    await writeFile(join(path, 'a.txt'), 'checked out\n')
    if (isRoot) {
      const gid = 64_321
      for (const one of [path, join(path, '.git')]) await chown(one, gid, gid)
      await chown(above, 0, gid)
    }
    await chmod(above, 0o710)
    const author = { name: 'Ada', email: 'ada@example.com' }
    return {
      path,
      commit: '1'.repeat(40),
      committedAt: '2026-11-21T05:00:00.000Z',
      message: 'm',
      author,
      remove: async () => {},
    }
  }

  function run(
    options: Partial<Extract<Step, { action: 'script' }>['with']> & { run: string[] },
    more: { workspace?: Workspace; signal?: AbortSignal } = {},
  ) {
    const step: Extract<Step, { action: 'script' }> = {
      action: 'script',
      with: { env: {}, secrets: [], ...options },
      name: 'script',
      timeoutMs: null,
      retries: 0,
      allowFailure: false,
    }
    return script(step, contextOf(more))
  }

  function contextOf({
    workspace = null,
    signal = new AbortController().signal,
  }: {
    workspace?: Workspace | null
    signal?: AbortSignal
  }): StepContext {
    const config = configOf()
    const repository = config.repositories[KEY]
    assert.ok(repository)
    return {
      run: RUN,
      index: 0,
      facts: { run: { id: RUN.id, number: 1 }, event: EVENT, commit: EVENT.commit, workspace },
      config,
      repositoryKey: KEY,
      repository,
      workspace,
      images: [],
      pushed: [],
      connectAws: absent<StepContext['connectAws']>('AWS'),
      earlierLines: () => [],
      backwards: false,
      engine: absent<Engine>('engine'),
      source: absent<Source>('source'),
      io: {
        stdout: (chunk) => {
          output.stdout += Buffer.from(chunk).toString()
        },
        stderr: (chunk) => {
          output.stderr += Buffer.from(chunk).toString()
        },
        say: (line) => void output.said.push(line),
        signal,
      },
      resumed: false,
      secrets: createRunSecrets({ withheld: null, canary: 'lbx_canary_of_the_test' }),
      secret: (ref) => `secret of ${'env' in ref ? ref.env : ref.file}`,
    }
  }
})

/** What a script step must not touch. */
function absent<T extends object>(name: string): T {
  return new Proxy({} as T, {
    get: () => {
      throw new Error(`a script step uses no ${name}`)
    },
  })
}

function configOf(): Config {
  return ConfigSchema.parse({
    server: { url: 'https://ci.example.com' },
    repositories: {
      [KEY]: { secret: { env: 'S' }, triggers: [{ on: 'push', steps: [{ script: { run: ['true'] } }] }] },
    },
  })
}

async function isRunning(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X')
  return !/\) [ZX]/.test(status)
}

const EVENT: Event = {
  type: 'push',
  repository: {
    host: 'github.com',
    path: 'acme/shop',
    name: 'shop',
    url: 'https://github.com/acme/shop',
    cloneUrl: null,
    sshUrl: null,
    defaultBranch: 'main',
    private: null,
  },
  ref: 'refs/heads/main',
  branch: 'main',
  tag: null,
  commit: '1'.repeat(40),
  before: null,
  created: null,
  forced: null,
  message: 'a message\0with a NUL',
  author: null,
  sender: null,
  commits: [],
  changedFiles: null,
  pullRequest: null,
  link: null,
}

const RUN: Run = {
  id: '01KAB0000000000000000000AA',
  number: 1,
  job: '01KAB0000000000000000000AB',
  repository: KEY,
  event: 'push',
  ref: 'refs/heads/main',
  branch: 'main',
  tag: null,
  commit: '1'.repeat(40),
  message: null,
  author: null,
  trigger: 'push main',
  state: 'running',
  reason: null,
  attempt: 1,
  queuedAt: '2026-11-21T05:00:00.000Z',
  startedAt: null,
  finishedAt: null,
  steps: [],
}
