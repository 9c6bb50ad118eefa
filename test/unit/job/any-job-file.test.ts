import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseJobFile } from '../../../job/parse-job-file.ts'
import { fuzzRuns } from '../../support/fuzz-runs.ts'
import { sampleJob } from './sample-job.ts'

const good = sampleJob()
const goodText = JSON.stringify(good)
const fields = Object.keys(good)
const runs = { numRuns: fuzzRuns(500) }

/** Whoever can write the spool chose these bytes: they are a job, or refused with a reason, and nothing is thrown. */
function judge(bytes: Uint8Array): void {
  const parsed = parseJobFile(bytes, good.id)
  if (parsed.kind === 'refused') assert.match(parsed.reason.code, /^JOB_FILE_[A-Z_]+$/)
  else assert.equal(parsed.job.id, good.id)
}

describe('a job file of any content is a job or is refused', () => {
  it('when it is any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), judge), runs)
  })

  it('when it is any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => judge(Buffer.from(text))),
      runs,
    )
  })

  it('when it is a good one with any value in any field', () => {
    const changed = fc.tuple(fc.constantFrom(...fields, '__proto__', 'constructor'), fc.jsonValue())
    fc.assert(
      fc.property(changed, ([field, value]) => judge(Buffer.from(JSON.stringify({ ...good, [field]: value })))),
      runs,
    )
  })

  it('when it is a good one with any piece taken out or put in', () => {
    const edit = fc.tuple(fc.nat(goodText.length), fc.nat(30), fc.string())
    fc.assert(
      fc.property(edit, ([at, length, piece]) =>
        judge(Buffer.from(goodText.slice(0, at) + piece + goodText.slice(at + length))),
      ),
      runs,
    )
  })
})
