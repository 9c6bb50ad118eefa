import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { parseJobFile } from '../../../job/parse-job-file.ts'
import { sampleJob, sampleRequest } from './sample-job.ts'

function codeOf(content: unknown, id = sampleJob().id): string {
  const parsed = parseJobFile(Buffer.from(typeof content === 'string' ? content : JSON.stringify(content)), id)
  return parsed.kind === 'refused' ? parsed.reason.code : parsed.kind
}

describe('the bytes of a job file', () => {
  test('a delivery and a request come back as they were written', () => {
    for (const job of [sampleJob(), sampleRequest({ kind: 'retry', by: 'ada', run: 'r' })]) {
      assert.deepEqual(parseJobFile(Buffer.from(JSON.stringify(job)), job.id), { kind: 'job', job })
    }
  })

  test('a refusal says where the file is wrong, in a bounded message', () => {
    const job = { ...sampleJob(), delivery: '', ['x'.repeat(100_000)]: 1 }
    const parsed = parseJobFile(Buffer.from(JSON.stringify(job)), job.id)
    assert.equal(parsed.kind, 'refused')
    if (parsed.kind === 'refused') {
      assert.match(parsed.reason.message, /→ at delivery/)
      assert.ok(parsed.reason.message.length < 1000)
    }
  })

  test('a request cannot carry a delivery, and a delivery no request', () => {
    const request = sampleRequest({ kind: 'retry', by: 'ada', run: 'r' })
    assert.equal(codeOf({ ...request, source: 'webhook' }, request.id), 'JOB_FILE_SHAPE')
    assert.equal(codeOf({ ...request, body: '' }, request.id), 'JOB_FILE_SHAPE')
    assert.equal(codeOf({ ...sampleJob(), source: 'cli' }), 'JOB_FILE_SHAPE')
  })

  test('commas in strings are no values: a long message does not make a file too large', () => {
    const job = sampleJob({ body: '' })
    const text = JSON.stringify(job).replace('"Sell more"', JSON.stringify(`,[{\\",`.repeat(10_000)))
    assert.equal(codeOf(text, job.id), 'job')
    assert.equal(codeOf(`[${'1,'.repeat(300_000)}1]`), 'JOB_FILE_TOO_MANY_VALUES')
  })

  test('no value of any shape makes it throw', () => {
    const job = sampleJob()
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(job)), fc.jsonValue(), (key, value) => {
        assert.match(codeOf({ ...job, [key]: value }, job.id), /^(JOB_FILE_|job)/)
      }),
    )
  })
})
