import assert from 'node:assert/strict'
import { test } from 'node:test'
import { push } from '../../../../worker/steps/push.ts'
import { DIGEST, IMAGE_ID, only, stepStand } from './step-stand.ts'

const images = () => [
  { step: 0, name: 'acme/shop', imageId: 'sha256:old' },
  { step: 1, name: 'acme/shop', imageId: IMAGE_ID },
]
const NAME = 'code.example.com:5000/acme/shop'

test('an image goes out once under each tag, with the login of the registry, and its digest is told', async () => {
  const tags = ['latest', '{{ shortCommit }}', '{{ branch }}', 'main']
  const { step, context, asked, heard } = stepStand({ push: { registry: 'main', tags } }, { images: images() })
  const end = await push(only(step, 'push'), context)
  const references = ['latest', 'a'.repeat(12), 'main'].map((tag) => `${NAME}:${tag}`)
  assert.deepEqual(end, { exitCode: null, outputs: { image: NAME, digest: DIGEST, tags: references } })
  assert.deepEqual(asked.pushes[0], {
    imageId: IMAGE_ID,
    name: NAME,
    tag: 'latest',
    registry: { address: 'code.example.com:5000', username: 'ci', password: 'pw-1' },
  })
  assert.equal(asked.askedFor.length, 0)
  assert.doesNotMatch(JSON.stringify(heard), /pw-1/)
})

test('after a crash only what is not in the registry is pushed', async () => {
  const pushed = async ({ tag }: { tag: string }) => (tag === 'there' ? DIGEST : null)
  const { step, context, asked } = stepStand(
    { push: { registry: 'main', tags: ['there', 'missing'] } },
    { images: images(), resumed: true, engine: { pushed } },
  )
  const { outputs } = await push(only(step, 'push'), context)
  assert.deepEqual(
    asked.pushes.map(({ tag }) => tag),
    ['missing'],
  )
  assert.deepEqual(outputs.tags, [`${NAME}:there`, `${NAME}:missing`])
})

test('a tag that a branch spoils is refused before anything is pushed', async () => {
  const written = { push: { registry: 'main', tags: ['good', '{{ branch }}'] } }
  const { step, context, asked } = stepStand(written, { images: images(), event: { branch: 'feature/a' } })
  await assert.rejects(push(only(step, 'push'), context), { code: 'IMAGE_TAG_INVALID' })
  assert.equal(asked.pushes.length, 0)
})

test('a registry without a login is used without one; one that is not configured is refused', async () => {
  const open = stepStand({ push: { registry: 'open', tags: ['1'] } }, { images: images() })
  await push(only(open.step, 'push'), open.context)
  assert.equal(open.asked.pushes[0]?.registry, null)
  const missing = stepStand({ push: { registry: 'nope', tags: ['1'] } }, { images: images() })
  await assert.rejects(push(only(missing.step, 'push'), missing.context), { code: 'REGISTRY_NOT_CONFIGURED' })
})
