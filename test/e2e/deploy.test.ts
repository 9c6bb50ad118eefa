import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { Run } from '../../job/run.ts'
import { type AwsDouble, startAwsDouble } from '../support/aws-double/aws-double.ts'
import { shopFiles } from '../support/shop.ts'
import { SHOP, type Stand, startStand, type Triggers } from '../support/stand.ts'

const DOCKERRUN = (image: string) =>
  JSON.stringify({
    AWSEBDockerrunVersion: '1',
    Image: { Name: `${image}:latest`, Update: 'true' },
    Ports: [{ ContainerPort: 80 }],
  })

const TRIGGERS: Triggers = [
  {
    on: 'tag',
    tags: ['v*'],
    steps: [
      { build: { image: SHOP } },
      { test: { command: ['./runtests.sh'] } },
      { push: { registry: 'main', tags: ['{{ version }}'] } },
      { deploy: { to: 'elastic-beanstalk', application: 'crm', environment: 'crm-prod' } },
    ],
  },
]

/** A whole Letterbox, whose deploys go to a double with the environment `crm-prod`. */
async function deployingStand(t: TestContext): Promise<{ stand: Stand; aws: AwsDouble }> {
  const aws = await startAwsDouble()
  t.after(() => aws.close())
  aws.beanstalk.applications.add('crm')
  aws.beanstalk.addEnvironment({ application: 'crm', name: 'crm-prod', versionLabel: 'by hand' })
  return { stand: await startStand(t, { triggers: TRIGGERS, env: aws.env }), aws }
}

async function pushTag(stand: Stand, tag: string, says: string): Promise<string> {
  const image = `${stand.registry.address}/${SHOP}`
  await stand.shop.commit({ files: { ...shopFiles({ says }), 'Dockerrun.aws.json': DOCKERRUN(image) } })
  const { commit } = await stand.shop.tag(tag)
  const { status } = await stand.bitbucket({ name: tag, type: 'tag', commit })
  assert.equal(status, 202)
  return commit
}

test('a signed tag of a deploy repository is built, tested, pushed and live by its digest; again it deploys nothing', async (t) => {
  const { stand, aws } = await deployingStand(t)
  const { letterbox, registry } = stand
  const commit = await pushTag(stand, 'v1.4.2', 'good morning')
  const [run] = await letterbox.ended(1)

  assert.equal(run?.state, 'succeeded', run?.reason ?? '')
  const label = `1.4.2-${commit.slice(0, 12)}`
  const pushed = await registry.inspect(SHOP, '1.4.2')
  const dockerrun = JSON.parse(aws.bundle(label).get('Dockerrun.aws.json')?.text ?? '')
  assert.equal(dockerrun.Image.Name, `${registry.address}/${SHOP}@${pushed?.digest}`)
  assert.equal(aws.beanstalk.environments[0]?.versionLabel, label)
  const log = letterbox.log(run.id).map(({ text }) => text)
  assert.equal(log.filter((line) => line.endsWith('INFO  Environment update completed successfully.')).length, 1)
  assert.ok(!log.join('\n').includes(registry.password))
  const shown = await letterbox.command('show', run.id)
  assert.match(shown.stdout, new RegExp(`version ${label}\\n.*at http://crm-prod\\..*\\n.*health Green`))
  t.diagnostic(`deploy step: ${seconds(run, 3)} s, whole run ${seconds(run)} s, AWS answering at once`)

  const again = await letterbox.command('retry', run.id, '--no-wait')
  assert.equal(again.code, 0, again.stderr)
  const [, second] = await letterbox.ended(2)
  assert.equal(second?.state, 'succeeded', second?.reason ?? '')
  assert.deepEqual(second?.steps[3]?.outputs, run.steps[3]?.outputs)
  assert.equal(aws.done('CreateApplicationVersion').length, 1)
  assert.equal(aws.done('UpdateEnvironment').length, 1)

  // an older commit under a newer tag
  await pushTag(stand, 'v1.5.0', 'good evening')
  await letterbox.ended(3)
  await stand.shop.tag('v1.6.0', { commit })
  await stand.bitbucket({ name: 'v1.6.0', type: 'tag', commit })
  const refused = (await letterbox.ended(4)).at(-1)
  assert.equal(refused?.steps[3]?.error?.code, 'DEPLOY_BACKWARDS', refused?.reason ?? '')
  const back = await letterbox.command('trigger', run.repository, '--tag', 'v1.6.0', '--rollback')
  assert.equal(back.code, 0, back.stderr)
  const returned = (await letterbox.ended(5)).at(-1)
  assert.equal(returned?.state, 'succeeded', returned?.reason ?? '')
  assert.equal(aws.beanstalk.environments[0]?.versionLabel, `1.6.0-${commit.slice(0, 12)}`)
})

test('a worker killed while the environment is updated goes on following it: one version, one update', async (t) => {
  const { stand, aws } = await deployingStand(t)
  const { letterbox } = stand
  aws.beanstalk.moods.busyFor = Infinity
  await pushTag(stand, 'v2', 'good morning')
  const updating = (run: Run) => letterbox.log(run.id).some(({ text }) => text.endsWith('update is starting.'))
  const run = await letterbox.run('the environment to be updated', updating)

  await letterbox.worker().kill9()
  for (const environment of aws.beanstalk.environments) environment.left = 0
  await letterbox.startWorker()

  const ended = await letterbox.run('the run to end', ({ id, finishedAt }) => id === run.id && finishedAt !== null)
  assert.equal(ended.state, 'succeeded', ended.reason ?? '')
  assert.equal(aws.done('CreateApplicationVersion').length, 1)
  assert.equal(aws.done('UpdateEnvironment').length, 1)
  const events = letterbox.log(run.id).flatMap(({ text }) => (/^\d{4}-.*Z [A-Z]+ /.test(text) ? [text] : []))
  assert.equal(new Set(events).size, events.length, 'each event once, also across the kill')
  assert.equal(events.length, 4)
})

function seconds(run: Run, step?: number): string {
  const { startedAt, finishedAt } = step === undefined ? run : (run.steps[step] ?? run)
  return ((Date.parse(finishedAt ?? '') - Date.parse(startedAt ?? '')) / 1000).toFixed(2)
}
