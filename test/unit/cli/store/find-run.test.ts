import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { findRun } from '../../../../cli/store/find-run.ts'
import type { Run } from '../../../../job/run.ts'
import { sampleRun } from '../../../support/sample-run.ts'

const shop = sampleRun({ number: 12, repository: 'github.com/acme/shop' })
const till = sampleRun({ number: 12, repository: 'github.com/acme/till' })
const alone = sampleRun({ number: 7 })

function storeOf(...runs: Run[]) {
  const run = (reference: string) =>
    runs.find(({ id, repository, number }) => [id, `${repository}#${number}`].includes(reference)) ?? null
  return { runs: () => runs, run }
}

suite('a run is found by the name that people give it', () => {
  test('by its id and by host/path#number', () => {
    assert.equal(findRun(storeOf(shop, till), till.id), till)
    assert.equal(findRun(storeOf(shop, till), 'github.com/acme/shop#12'), shop)
  })

  test('by its number alone, with or without #, when only one repository has it', () => {
    assert.equal(findRun(storeOf(shop, alone), '#7'), alone)
    assert.equal(findRun(storeOf(shop, alone), '7'), alone)
  })

  test('a number that two repositories have is asked back, with both names', () => {
    assert.throws(() => findRun(storeOf(shop, till), '12'), /github\.com\/acme\/shop#12 or github\.com\/acme\/till#12/)
  })

  test('a run that is not there is an error with a hint', () => {
    assert.throws(() => findRun(storeOf(shop), 'nothing'), { code: 'RUN_UNKNOWN' })
  })
})
