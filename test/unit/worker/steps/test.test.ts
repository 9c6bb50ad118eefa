import assert from 'node:assert/strict'
import { test as check } from 'node:test'
import { test } from '../../../../worker/steps/test.ts'
import { IMAGE_ID, only, stepStand } from './step-stand.ts'

const images = () => [{ step: 0, name: 'acme/shop', imageId: IMAGE_ID }]

check('a test runs in the image built last, with the facts, its own environment and its secrets', async () => {
  const written = {
    test: { command: './t.sh', env: { WHERE: '{{ branch }}' }, secrets: ['npm'], memory: '512m', cpus: 1.5 },
  }
  const { step, context, asked } = stepStand(written, { images: images() })
  assert.deepEqual(await test(only(step, 'test'), context), { exitCode: 0, outputs: {} })
  const [request] = asked.runs
  assert.ok(request)
  assert.deepEqual(
    [request.image, request.command, request.memoryBytes, request.cpus],
    [IMAGE_ID, './t.sh', 512 * 1024 ** 2, 1.5],
  )
  const { CI, WHERE, npm, LETTERBOX_BRANCH } = request.env
  assert.deepEqual(
    { CI, WHERE, npm, LETTERBOX_BRANCH },
    { CI: 'true', WHERE: 'main', npm: 'npm-1', LETTERBOX_BRANCH: 'main' },
  )
  assert.deepEqual([request.mounts, request.registries], [[], []])
})

check(
  'a named image is the one of that name that this run built, else one to pull with the login of its registry',
  async () => {
    const built = stepStand({ test: { command: 'x', image: 'acme/shop' } }, { images: images() })
    await test(only(built.step, 'test'), built.context)
    assert.equal(built.asked.runs[0]?.image, IMAGE_ID)

    const named = stepStand({ test: { command: 'x', image: 'code.example.com:5000/tools/{{ repository.name }}:1' } })
    await test(only(named.step, 'test'), named.context)
    assert.equal(named.asked.runs[0]?.image, 'code.example.com:5000/tools/shop:1')
    assert.deepEqual(
      named.asked.runs[0]?.registries.map(({ username }) => username),
      ['ci'],
    )
  },
)

check('the checkout is mounted as the step says, and missed where there is none', async () => {
  for (const [checkout, readOnly] of [
    ['read-only', true],
    ['writable', false],
  ] as const) {
    const { step, context, asked } = stepStand({ test: { command: 'x', checkout } }, { images: images() })
    await test(only(step, 'test'), context)
    assert.deepEqual(asked.runs[0]?.mounts, [{ source: process.cwd(), target: '/workspace', readOnly }])
  }
  const without = stepStand({ test: { command: 'x', checkout: 'writable' } }, { images: images(), workspace: null })
  await assert.rejects(test(only(without.step, 'test'), without.context), { code: 'CHECKOUT_MISSING' })
})

check('an exit code is the verdict, and running out of memory has a reason of its own', async () => {
  const end = (exitCode: number, outOfMemory: boolean) =>
    stepStand(
      { test: { command: 'x', memory: '64m' } },
      { images: images(), engine: { run: async () => ({ exitCode, outOfMemory }) } },
    )
  const failed = end(3, false)
  assert.equal((await test(only(failed.step, 'test'), failed.context)).exitCode, 3)
  const killed = end(137, true)
  await assert.rejects(test(only(killed.step, 'test'), killed.context), {
    code: 'TEST_OUT_OF_MEMORY',
    fault: 'theirs',
    exitCode: 137,
  })
})

check('a test before any build says that there is no image', async () => {
  const { step, context } = stepStand({ test: { command: 'x' } })
  await assert.rejects(test(only(step, 'test'), context), { code: 'NO_IMAGE_BUILT' })
})

check('a secret is a variable, a variable of another name, or a file whose path is told', async () => {
  const secrets = ['npm', { name: 'npm', env: 'TOKEN' }, { name: 'npm', file: '/run/secrets/npm' }]
  const { step, context, asked } = stepStand({ test: { command: 'x', secrets } }, { images: images() })
  await test(only(step, 'test'), context)
  const { npm, TOKEN, npm_FILE, LETTERBOX_CANARY } = asked.runs[0]?.env ?? {}
  assert.deepEqual([npm, TOKEN, npm_FILE], ['npm-1', 'npm-1', '/run/secrets/npm'])
  assert.equal(LETTERBOX_CANARY, context.secrets.canary)
  assert.deepEqual(asked.runs[0]?.files, { '/run/secrets/npm': 'npm-1' })
})

check('E08: a secret handed over as a file stands in no variable', async () => {
  const written = { test: { command: 'x', secrets: [{ name: 'npm', file: '/run/secrets/npm' }] } }
  const { step, context, asked } = stepStand(written, { images: images() })
  await test(only(step, 'test'), context)
  assert.doesNotMatch(JSON.stringify(asked.runs[0]?.env), /npm-1/)
})

check('E01: the steps of an untrusted sender run without variables, files and canary', async () => {
  const secrets = ['npm', { name: 'npm', file: '/run/secrets/npm' }]
  const { step, context, asked, heard } = stepStand(
    { test: { command: 'x', secrets } },
    { images: images(), withheld: 'eve is not trusted' },
  )
  assert.equal((await test(only(step, 'test'), context)).exitCode, 0)
  const { npm, npm_FILE, LETTERBOX_CANARY } = asked.runs[0]?.env ?? {}
  assert.deepEqual([npm, npm_FILE, LETTERBOX_CANARY], [undefined, undefined, undefined])
  assert.deepEqual(asked.runs[0]?.files, {})
  assert.equal(heard.said.length, 1)
})
