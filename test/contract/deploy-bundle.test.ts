import assert from 'node:assert/strict'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, type TestContext, test } from 'node:test'
import { parse } from 'yaml'
import { collectFiles } from '../../worker/deploy/bundle/collect-files.ts'
import { packBundle } from '../../worker/deploy/bundle/pack-bundle.ts'
import { createConnectAws } from '../../worker/deploy/connect-aws.ts'
import { readZip } from '../support/aws-double/read-zip.ts'
import { type DeployChange, DIGEST_1, deployStand, IMAGE } from '../support/deploy-stand.ts'
import { freshFolder } from '../support/fresh-folder.ts'

const LABEL = '1.4.2-aaaaaaaaaaaa'
const BUCKET = 'elasticbeanstalk-ap-southeast-2-123456789012'
const PINNED = `${IMAGE}@${DIGEST_1}`
const REGISTRY = 'code.example.com:5000'
const OWN = { template: undefined }

/** Deploys and gives the files of the bundle, and the credentials file, if there is one. */
async function bundleOf(t: TestContext, change: DeployChange) {
  const { double, deploy } = await deployStand(t)
  const { said } = await deploy(change)
  const files = double.bundle(LABEL)
  const key = double.objects.keys(BUCKET).find((one) => one.includes('/registries/'))
  const stored = key === undefined ? null : double.objects.object(BUCKET, key)
  const credentials = stored === null ? null : JSON.parse(stored.body.toString())
  const json = JSON.parse(files.get('Dockerrun.aws.json')?.text ?? 'null')
  return { files, json, credentials, stored, key, said, double, deploy }
}

const auth = (password: string) => Buffer.from(`ci:${password}`).toString('base64')

describe('the bundle of a repository with files of its own', () => {
  const v1 = JSON.stringify({
    AWSEBDockerrunVersion: '1',
    Image: { Name: `${IMAGE}:latest`, Update: 'true' },
    Ports: [{ ContainerPort: '80' }],
    Own: { kept: true },
  })

  test('Dockerrun 1: the pushed image by digest, the login beside it, the rest of the repository as it is', async (t) => {
    const files = {
      'Dockerrun.aws.json': v1,
      Dockerfile: 'FROM scratch',
      '.ebextensions/a.config': 'option_settings: []',
      '.platform/hooks/predeploy/x.sh': '#!/bin/sh\n',
      '.git/config': '[core]',
    }
    const { json, files: packed, credentials, key, stored } = await bundleOf(t, { with: OWN, files })

    assert.equal(json.Image.Name, PINNED)
    assert.deepEqual(json.Own, { kept: true })
    assert.deepEqual(json.Authentication, { Bucket: BUCKET, Key: key })
    // a Dockerfile would be built by the instances in place of the image
    assert.deepEqual(
      [...packed.keys()],
      ['.ebextensions/a.config', '.platform/hooks/predeploy/x.sh', 'Dockerrun.aws.json'],
    )
    assert.equal(packed.get('.platform/hooks/predeploy/x.sh')?.mode, 0o100755)
    assert.equal(packed.get('.ebextensions/a.config')?.mode, 0o100644)
    assert.deepEqual(credentials[REGISTRY], { auth: auth('pw-1'), email: '' })
    assert.deepEqual(credentials.auths, { [REGISTRY]: { auth: auth('pw-1') } })
    assert.equal(stored?.encryption, 'AES256')
  })

  test('the older spelling, Dockerrun.aws, is shipped as Dockerrun.aws.json', async (t) => {
    const { json, files } = await bundleOf(t, { with: OWN, files: { 'Dockerrun.aws': v1 } })
    assert.equal(json.Image.Name, PINNED)
    assert.deepEqual([...files.keys()], ['Dockerrun.aws.json'])
  })

  test('Dockerrun 2: every container of the pushed image, and a flat login file', async (t) => {
    const containerDefinitions = [
      { name: 'crm', image: `${IMAGE}:1.4.2`, memory: 256 },
      { name: 'proxy', image: 'nginx:1.29' },
    ]
    const written = JSON.stringify({ AWSEBDockerrunVersion: 2, containerDefinitions })
    const { json, credentials, key } = await bundleOf(t, { with: OWN, files: { 'Dockerrun.aws.json': written } })
    assert.deepEqual(
      json.containerDefinitions.map(({ image }: { image: string }) => image),
      [PINNED, 'nginx:1.29'],
    )
    assert.equal(json.AWSEBDockerrunVersion, 2)
    assert.deepEqual(json.authentication, { bucket: BUCKET, key })
    assert.deepEqual(credentials, { [REGISTRY]: { auth: auth('pw-1'), email: '' } })
  })

  test('Docker Compose: pinned with its comments kept, and a Dockerrun 3 that says where the login lies', async (t) => {
    const compose = `services:\n  # the till\n  crm:\n    image: ${IMAGE}:latest # moves\n  cache:\n    image: redis:8\n`
    const { json, files, credentials, key } = await bundleOf(t, { with: OWN, files: { 'docker-compose.yml': compose } })
    const text = files.get('docker-compose.yml')?.text ?? ''
    assert.match(text, /# the till/)
    assert.deepEqual(parse(text).services, { crm: { image: PINNED }, cache: { image: 'redis:8' } })
    assert.deepEqual(json, { AWSEBDockerrunVersion: '3', Authentication: { bucket: BUCKET, key } })
    assert.deepEqual(credentials, { auths: { [REGISTRY]: { auth: auth('pw-1') } } })
  })

  test('an open image and a login of its own are left alone', async (t) => {
    const own = { Bucket: 'mine', Key: 'mydockercfg' }
    const written = JSON.stringify({ ...JSON.parse(v1), Authentication: own })
    const { json, credentials } = await bundleOf(t, { with: OWN, files: { 'Dockerrun.aws.json': written } })
    assert.deepEqual([json.Authentication, credentials], [own, null])
    const open = JSON.stringify({ AWSEBDockerrunVersion: '1', Image: { Name: 'nginx:1.29' } })
    const other = await bundleOf(t, { with: OWN, files: { 'Dockerrun.aws.json': open } })
    assert.deepEqual([other.json.Authentication, other.credentials], [undefined, null])
  })

  test('nothing to deploy, no JSON, an unknown version: each is told', async (t) => {
    const { fails } = await deployStand(t)
    assert.equal((await fails({ with: OWN })).code, 'NOTHING_TO_DEPLOY')
    const broken = await fails({ with: OWN, files: { 'Dockerrun.aws.json': '{' } })
    assert.deepEqual([broken.code, /Dockerrun\.aws\.json is no JSON/.test(broken.message)], ['BUNDLE_INVALID', true])
    const unknown = await fails({ with: OWN, files: { 'Dockerrun.aws.json': '{"AWSEBDockerrunVersion":"9"}' } })
    assert.match(unknown.message, /AWSEBDockerrunVersion/)
    const alone = await fails({ with: OWN, files: { 'Dockerrun.aws.json': '{"AWSEBDockerrunVersion":3}' } })
    assert.match(alone.message, /docker-compose\.yml/)
  })
})

describe('the bundle of a template', () => {
  const options = { ports: [8080, '8443:443'], volumes: ['/var/app/data:/data'], logging: '/var/log/crm' }

  test('dockerrun-v1 has ports, volumes and logging, and the platform settings of the repository', async (t) => {
    const files = { '.ebextensions/a.config': 'x', 'src/index.js': 'x' }
    const { json, files: packed } = await bundleOf(t, { with: options, files })
    assert.deepEqual(json.Ports, [{ ContainerPort: 8080 }, { ContainerPort: 443, HostPort: 8443 }])
    assert.deepEqual(json.Volumes, [{ HostDirectory: '/var/app/data', ContainerDirectory: '/data' }])
    assert.equal(json.Logging, '/var/log/crm')
    assert.deepEqual([...packed.keys()], ['.ebextensions/a.config', 'Dockerrun.aws.json'])
  })

  test('dockerrun-v3-compose says the same to Docker Compose', async (t) => {
    const { json, files, key } = await bundleOf(t, { with: { ...options, template: 'dockerrun-v3-compose' } })
    assert.deepEqual(json, { AWSEBDockerrunVersion: '3', Authentication: { bucket: BUCKET, key } })
    const { app } = parse(files.get('docker-compose.yml')?.text ?? '').services
    assert.equal(app.image, PINNED)
    assert.deepEqual(app.ports, ['80:8080', '8443:443'])
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Elastic Beanstalk's own variable
    assert.deepEqual(app.volumes, ['/var/app/data:/data', '${EB_LOG_BASE_DIR}/app:/var/log/crm'])
  })

  test('build-on-target ships the whole repository, and no image', async (t) => {
    const files = { Dockerfile: 'FROM scratch', 'src/index.js': 'x' }
    const { json, files: packed, credentials } = await bundleOf(t, { with: { template: 'build-on-target' }, files })
    assert.deepEqual(json, { AWSEBDockerrunVersion: '1', Ports: [{ ContainerPort: 80 }] })
    assert.deepEqual([...packed.keys()], ['Dockerfile', 'Dockerrun.aws.json', 'src/index.js'])
    assert.equal(credentials, null)
    const { fails } = await deployStand(t)
    assert.equal((await fails({ with: { template: 'build-on-target' } })).code, 'NOTHING_TO_DEPLOY')
  })

  test('an image that this run did not push is refused', async (t) => {
    const { fails } = await deployStand(t)
    const { code, hint } = await fails({ with: { image: 'acme/other' } })
    assert.equal(code, 'NO_IMAGE_PUSHED')
    assert.match(hint ?? '', new RegExp(IMAGE))
  })
})

test('a changed password takes the place of the old one, with no new version', async (t) => {
  const { deploy, double, key } = await bundleOf(t, {})
  const { said } = await deploy({ secrets: { REGISTRY_PASSWORD: 'pw-2' } })
  const stored = double.objects.object(BUCKET, key ?? '')
  assert.equal(stored?.writes, 2)
  assert.equal(JSON.parse(stored?.body.toString() ?? '')[REGISTRY].auth, auth('pw-2'))
  assert.equal(double.done('CreateApplicationVersion').length, 1)
  assert.doesNotMatch(said.join('\n'), /pw-2/)
})

describe('a zip', () => {
  test('is the same bytes for the same files, whatever their times; links stay links', async (t) => {
    const folders = ['one', 'two'].map((name) => join(freshFolder(t), name))
    for (const [index, folder] of folders.entries()) {
      mkdirSync(join(folder, 'b'), { recursive: true })
      for (const name of index === 0 ? ['a.txt', 'b/c.sh'] : ['b/c.sh', 'a.txt'])
        writeFileSync(join(folder, name), name, { mode: name.endsWith('.sh') ? 0o755 : 0o644 })
      symlinkSync('/etc/passwd', join(folder, 'link'))
      utimesSync(join(folder, 'a.txt'), index * 1e6, index * 1e6)
    }
    const [one, two] = await Promise.all(
      folders.map(async (folder) => packBundle(await collectFiles(folder, () => true))),
    )
    assert.deepEqual([one?.sha256, one?.digest, one?.bytes], [two?.sha256, two?.digest, two?.bytes])
    const bytes = one?.open()
    assert.ok(Buffer.isBuffer(bytes))
    const files = readZip(bytes)
    assert.deepEqual(files.get('link'), { text: '/etc/passwd', mode: 0o120000 })
    assert.deepEqual(files.get('b/c.sh'), { text: 'b/c.sh', mode: 0o100755 })
  })

  test('larger than AWS takes it is refused before anything is sent', async (t) => {
    const folder = freshFolder(t)
    writeFileSync(join(folder, 'noise'), Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919) % 251)))
    const files = await collectFiles(folder, () => true)
    await assert.rejects(packBundle(files, { maxBytes: 100, keepBytes: 100 }), { code: 'BUNDLE_TOO_LARGE' })
  })

  test('a large one is packed again while it is sent, and arrives whole', async (t) => {
    const { double } = await deployStand(t)
    const folder = freshFolder(t)
    for (const name of ['a', 'b', 'c']) writeFileSync(join(folder, name), name.repeat(300_000))
    const bundle = await packBundle(await collectFiles(folder, () => true), { maxBytes: 1e9, keepBytes: 0 })
    const aws = await createConnectAws(process.env)(null, new AbortController().signal)
    const object = { ...bundle, bucket: BUCKET, key: 'large.zip', contentType: 'application/zip', secret: false }
    await aws.objects.put(object)
    aws.close()
    const stored = double.objects.object(BUCKET, 'large.zip')
    assert.ok(stored)
    assert.equal(readZip(stored.body).get('c')?.text, 'c'.repeat(300_000))
  })
})
