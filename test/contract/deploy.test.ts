import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { DIGEST_1, DIGEST_2, deployStand, IMAGE } from '../support/deploy-stand.ts'

const LABEL = '1.4.2-aaaaaaaaaaaa'

describe('a deploy to Elastic Beanstalk', () => {
  test('brings the pushed image by digest to the environment and tells label, address and health', async (t) => {
    const { double, deploy } = await deployStand(t)
    double.beanstalk.moods.busyFor = 1
    const { outputs, said } = await deploy()

    const address = 'http://crm-prod.ap-southeast-2.elasticbeanstalk.com'
    assert.deepEqual(outputs, { versionLabel: LABEL, address, health: 'Green' })
    const dockerrun = JSON.parse(double.bundle(LABEL).get('Dockerrun.aws.json')?.text ?? '')
    assert.deepEqual(dockerrun.Image, { Name: `${IMAGE}@${DIGEST_1}`, Update: 'true' })
    assert.deepEqual(double.beanstalk.environments[0]?.updates, [LABEL])
    assert.deepEqual(double.done('CreateApplicationVersion')[0]?.input.Process, true)
    const events = said.filter((line) => /^2\d{3}-.*Z (INFO|WARN|ERROR) /.test(line))
    assert.equal(new Set(events).size, 4, 'each event of this update once')
    assert.equal(events.length, 4)
    assert.ok(!said.some((line) => line.includes('long ago')))
  })

  test('the same tag again makes no version and updates nothing, also when the image was rebuilt', async (t) => {
    const { double, deploy } = await deployStand(t)
    const first = await deploy()
    const again = await deploy()
    const rebuilt = await deploy({ digest: DIGEST_2 })

    assert.deepEqual(again.outputs, first.outputs)
    assert.deepEqual(rebuilt.outputs, first.outputs)
    assert.match(rebuilt.said.join('\n'), /the image it was made with is kept/)
    assert.equal(double.done('CreateApplicationVersion').length, 1)
    assert.equal(double.done('UpdateEnvironment').length, 1)
  })

  test('a label that exists with another bundle is refused, and says from which commit it was made', async (t) => {
    const { double, deploy, fails } = await deployStand(t)
    const fixed = { versionLabel: 'release' }
    await deploy({ with: fixed })
    const { code, message, fault } = await fails({ with: { ...fixed, ports: [8080] } })

    assert.deepEqual([code, fault], ['VERSION_LABEL_TAKEN', 'theirs'])
    assert.match(message, new RegExp(`made from commit ${'a'.repeat(40)}`))
    const other = await fails({ with: { versionLabel: 'v0' } })
    assert.match(other.message, /made not by Letterbox/)
    assert.equal(double.done('UpdateEnvironment').length, 1)
  })

  test('application and environment are created where the config allows it, with all that it says', async (t) => {
    const { double, deploy } = await deployStand(t, { empty: true })
    const stack = '64bit Amazon Linux 2023 v4.3.0 running Docker'
    const { outputs } = await deploy({
      with: {
        createApplication: true,
        solutionStack: stack,
        cname: 'acme-crm',
        instanceProfile: 'crm-instances',
        env: { GREETING: '{{ version }}' },
        options: { 'aws:autoscaling:asg': { MinSize: '2' } },
      },
    })

    assert.equal(outputs.address, 'http://acme-crm.ap-southeast-2.elasticbeanstalk.com')
    const [environment] = double.beanstalk.environments
    assert.equal(environment?.solutionStack, stack)
    assert.deepEqual(environment?.options, [
      { Namespace: 'aws:autoscaling:launchconfiguration', OptionName: 'IamInstanceProfile', Value: 'crm-instances' },
      { Namespace: 'aws:elasticbeanstalk:application:environment', OptionName: 'GREETING', Value: '1.4.2' },
      { Namespace: 'aws:autoscaling:asg', OptionName: 'MinSize', Value: '2' },
    ])
  })

  test('a platform by its ARN and a worker tier have no address of their own', async (t) => {
    const { double, deploy } = await deployStand(t, { empty: true })
    double.beanstalk.applications.add('crm')
    const platform = 'arn:aws:elasticbeanstalk:ap-southeast-2::platform/Docker running on 64bit Amazon Linux 2023/4.3.0'
    await deploy({ with: { platform, tier: 'worker' } })
    const [environment] = double.beanstalk.environments
    assert.deepEqual([environment?.platformArn, environment?.tier], [platform, 'Worker'])
  })

  test('a missing application and a missing environment are told apart', async (t) => {
    const { double, fails } = await deployStand(t, { empty: true })
    assert.equal((await fails()).code, 'APPLICATION_MISSING')
    double.beanstalk.applications.add('crm')
    assert.equal((await fails()).code, 'ENVIRONMENT_MISSING')
  })

  test('an environment that turns red goes back to the version that was live, and both are said', async (t) => {
    const { double, fails } = await deployStand(t)
    double.beanstalk.moods.red.add(LABEL)
    const { code, message, outputs } = await fails({ with: { rollback: true } })

    assert.equal(code, 'ENVIRONMENT_UNHEALTHY')
    assert.match(message, /crm-prod is Red \(Degraded\) with 1\.4\.2-a{12}; it went back to v0, which is Green \(Ok\)/)
    assert.deepEqual(double.beanstalk.environments[0]?.updates, [LABEL, 'v0'])
    assert.deepEqual([outputs.versionLabel, outputs.health], ['v0', 'Green'])
  })

  test('without rollback a red version stays live, and the error says so', async (t) => {
    const { double, fails } = await deployStand(t)
    double.beanstalk.moods.red.add(LABEL)
    const { message, hint } = await fails()
    assert.match(message, new RegExp(`${LABEL} is live`))
    assert.match(hint ?? '', /rollback: true/)
    assert.deepEqual(double.beanstalk.environments[0]?.updates, [LABEL])
  })

  test('a deployment that Elastic Beanstalk takes back by itself fails and says what is live', async (t) => {
    const { double, fails } = await deployStand(t)
    double.beanstalk.moods.undeployable.add(LABEL)
    const { code, message } = await fails({ with: { rollback: true } })
    assert.equal(code, 'DEPLOY_FAILED')
    assert.match(message, /Failed to deploy application\.; it went back to v0/)
    assert.deepEqual(double.beanstalk.environments[0]?.updates, [LABEL], 'nothing is deployed on top')
  })

  test('an update that does not end in time is aborted where rollback is wanted', async (t) => {
    const { double, fails } = await deployStand(t)
    double.beanstalk.moods.busyFor = Infinity
    const { code, message } = await fails({ with: { rollback: true, wait: '400ms' } })
    assert.equal(code, 'DEPLOY_TIMEOUT')
    assert.match(message, /still Updating .* it went back to v0/)
    assert.equal(double.done('AbortEnvironmentUpdate').length, 1)
  })

  test('a new environment that does not come up says the last that was heard of it', async (t) => {
    const { double, fails } = await deployStand(t, { empty: true })
    double.beanstalk.applications.add('crm')
    double.beanstalk.moods.unlaunchable.add(LABEL)
    const { code, message } = await fails({ with: { solutionStack: 'Docker' } })
    assert.equal(code, 'ENVIRONMENT_TERMINATED')
    assert.match(message, /terminateEnvironment completed/)
  })

  test('a busy environment is waited for; past the limit nothing is deployed', async (t) => {
    const { double, deploy, fails } = await deployStand(t)
    const [environment] = double.beanstalk.environments
    assert.ok(environment)
    Object.assign(environment, { status: 'Updating', left: Infinity })
    const { code } = await fails({ with: { wait: '300ms' } })
    assert.equal(code, 'ENVIRONMENT_BUSY')
    assert.equal(double.calls.filter(({ operation }) => operation === 'UpdateEnvironment').length, 0)
    environment.left = 1
    const { said } = await deploy()
    assert.match(said.join('\n'), /crm-prod is Updating: waiting for the end of that/)
  })

  test('a health that the config accepts is well', async (t) => {
    const { double, deploy } = await deployStand(t)
    double.beanstalk.moods.red.add(LABEL)
    assert.equal((await deploy({ with: { health: ['Green', 'Red'] } })).outputs.health, 'Red')
  })

  test('a bundle that AWS cannot process fails the run, and the environment is left alone', async (t) => {
    const { double, fails } = await deployStand(t)
    const files = { 'Dockerrun.aws.json': '{"AWSEBDockerrunVersion":1}', 'broken.json': 'no json' }
    const { code } = await fails({ with: { template: undefined }, files })
    assert.equal(code, 'BUNDLE_INVALID')
    assert.deepEqual(double.beanstalk.environments[0]?.updates, [])
  })

  test('a stop while it waits ends it at once', async (t) => {
    const { double, deploy } = await deployStand(t)
    double.beanstalk.moods.busyFor = Infinity
    const stop = new AbortController()
    const going = deploy({}, stop.signal)
    setTimeout(() => stop.abort(), 200)
    await assert.rejects(going, { name: 'AbortError' })
  })
})

describe('a deploy that goes on after the worker was killed', () => {
  test('before the update: the version is used again, the update is asked for once', async (t) => {
    const { double, deploy } = await deployStand(t)
    double.faults.refuse('UpdateEnvironment', { status: 403, code: 'AccessDenied', message: 'not now' })
    await assert.rejects(deploy())
    await deploy({ resumed: true })
    assert.equal(double.done('CreateApplicationVersion').length, 1)
    assert.equal(double.done('UpdateEnvironment').length, 1)
  })

  test('during the update: it is followed to its end, nothing is asked for again, no event is said twice', async (t) => {
    const { double, deploy } = await deployStand(t)
    double.beanstalk.moods.busyFor = 3
    const stop = new AbortController()
    const { environments } = double.beanstalk
    const killed = deploy({}, stop.signal).catch(() => null)
    while (environments[0]?.status !== 'Updating') await new Promise((soon) => setImmediate(soon))
    stop.abort()
    await killed
    const first = new Date(Date.now() - 60_000).toISOString()
    const { outputs, said } = await deploy({ resumed: true, earlierLines: () => [`${first} INFO  Something before.`] })

    assert.equal(outputs.versionLabel, LABEL)
    assert.equal(double.done('UpdateEnvironment').length, 1)
    assert.equal(double.done('CreateApplicationVersion').length, 1)
    assert.equal(said.filter((line) => line.includes('update completed successfully')).length, 1)
  })

  test('during the way back: it ends as failed, and the bad version is not brought again', async (t) => {
    const { double, fails } = await deployStand(t)
    double.beanstalk.moods.red.add(LABEL)
    const { said } = await fails({ with: { rollback: true } })
    const { code, message } = await fails({ with: { rollback: true }, resumed: true, earlierLines: () => said })
    assert.equal(code, 'ENVIRONMENT_UNHEALTHY')
    assert.match(message, /it went back to v0/)
    assert.deepEqual(double.beanstalk.environments[0]?.updates, [LABEL, 'v0'])
  })
})
