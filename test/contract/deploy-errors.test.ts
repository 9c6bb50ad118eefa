import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { deployStand } from '../support/deploy-stand.ts'

describe('what AWS says no to', () => {
  test('throttling and cut connections are tried again by the SDK, and nobody notices', async (t) => {
    const { double, deploy } = await deployStand(t)
    double.faults.throttle('DescribeEnvironments', 2)
    double.faults.cut('UpdateEnvironment', 1)
    await deploy()
    assert.equal(double.calls.filter(({ code }) => code === 'Throttling').length, 2)
    assert.equal(double.done('UpdateEnvironment').length, 1)
  })

  test('throttling without end is ours to try again', async (t) => {
    const { double, fails } = await deployStand(t)
    process.env.AWS_MAX_ATTEMPTS = '2'
    t.after(() => delete process.env.AWS_MAX_ATTEMPTS)
    double.faults.throttle('DescribeApplications', Infinity)
    const { code, fault } = await fails()
    assert.deepEqual([code, fault], ['AWS_THROTTLED', 'ours'])
    assert.equal(double.calls.filter((call) => call.code === 'Throttling').length, 2)
  })

  test('an address that nobody answers is ours, too', async (t) => {
    const { double, fails } = await deployStand(t)
    process.env.AWS_MAX_ATTEMPTS = '1'
    t.after(() => delete process.env.AWS_MAX_ATTEMPTS)
    await double.close()
    const { code, fault, message } = await fails()
    assert.deepEqual([code, fault], ['AWS_UNREACHABLE', 'ours'], message)
  })

  test('a wrong key, a wrong secret and a wrong region each have their error', async (t) => {
    const { fails, double } = await deployStand(t)
    process.env.AWS_ACCESS_KEY_ID = 'AKIDSOMEBODYELSE'
    assert.equal((await fails()).code, 'AWS_CREDENTIALS_REFUSED')
    Object.assign(process.env, double.env, { AWS_SECRET_ACCESS_KEY: 'guessed' })
    assert.equal((await fails()).code, 'AWS_CREDENTIALS_REFUSED')
    Object.assign(process.env, double.env)
    assert.equal((await fails({ with: { region: 'eu-west-1' } })).code, 'AWS_REGION_WRONG')
  })

  test('no credentials at all and no region at all say what to set', async (t) => {
    const { fails } = await deployStand(t)
    delete process.env.AWS_SECRET_ACCESS_KEY
    const missing = await fails()
    assert.equal(missing.code, 'AWS_CREDENTIALS_MISSING', missing.message)
    delete process.env.AWS_REGION
    const nowhere = await fails()
    assert.equal(nowhere.code, 'AWS_REGION_MISSING', nowhere.message)
    assert.match(nowhere.hint ?? '', /aws\.region/)
  })

  test('a missing permission names its action', async (t) => {
    const { double, fails } = await deployStand(t)
    double.faults.deny('elasticbeanstalk:UpdateEnvironment')
    const { code, hint } = await fails()
    assert.equal(code, 'AWS_PERMISSION_MISSING')
    assert.match(hint ?? '', /Allow elasticbeanstalk:UpdateEnvironment /)
    double.faults.deny('s3:PutObject')
    assert.match((await fails({ tag: 'v2' })).hint ?? '', /Allow s3:PutObject /)
  })

  test('a bucket that is not there, or in another region, is told', async (t) => {
    const { double, fails } = await deployStand(t)
    assert.equal((await fails({ with: { bucket: 'nowhere' } })).code, 'AWS_BUCKET_MISSING')
    double.faults.refuse('PutObject', { status: 301, code: 'PermanentRedirect', message: 'another endpoint' })
    assert.equal((await fails()).code, 'AWS_REGION_WRONG')
    double.faults.refuse('CreateApplicationVersion', { code: 'S3LocationNotInServiceRegionException', message: 'no' })
    assert.equal((await fails({ tag: 'v2' })).code, 'AWS_REGION_WRONG')
  })

  test('a quota and an operation that is going on have errors of their own', async (t) => {
    const { double, fails } = await deployStand(t)
    double.faults.refuse('CreateApplicationVersion', {
      code: 'TooManyApplicationVersionsException',
      message: 'You cannot have more than 1000 Application Versions.',
    })
    const quota = await fails()
    assert.equal(quota.code, 'AWS_QUOTA')
    assert.match(quota.hint ?? '', /lifecycle/)
    double.faults.refuse('UpdateEnvironment', { code: 'OperationInProgressFailure', message: 'busy' })
    assert.equal((await fails()).code, 'ENVIRONMENT_BUSY')
  })

  test('anything else is told as AWS says it, with the call', async (t) => {
    const { double, fails } = await deployStand(t)
    double.faults.refuse('UpdateEnvironment', { code: 'InvalidParameterValue', message: 'no such thing' })
    const { code, message } = await fails()
    assert.equal(code, 'AWS_REFUSED')
    assert.match(message, /elasticbeanstalk:UpdateEnvironment: .*no such thing/)
  })
})
