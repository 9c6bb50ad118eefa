import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { templateVariables } from '../../../../config/template.ts'
import { checkVersionLabel, versionLabel } from '../../../../worker/deploy/version-label.ts'
import { readVersionNote, writeVersionNote } from '../../../../worker/deploy/version-note.ts'
import { sampleEvent } from '../../../support/sample-run.ts'

const commit = 'a'.repeat(40)
const variables = (event: Parameters<typeof sampleEvent>[0]) =>
  templateVariables({ event: sampleEvent(event), commit, runNumber: 7 })

describe('a version label', () => {
  test('is made of version and commit, or of branch and commit', () => {
    assert.equal(versionLabel(undefined, variables({ tag: 'v1.4.2', branch: null })), '1.4.2-aaaaaaaaaaaa')
    assert.match(versionLabel(undefined, variables({ branch: 'feature/a' })), /^feature-a-[0-9a-f]{8}-a{12}$/)
    assert.equal(versionLabel('r{{ run.number }}', variables({})), 'r7')
  })

  test('of any tag or branch is one that AWS takes', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.boolean(), (text, isTag) => {
        const label = versionLabel(undefined, variables(isTag ? { tag: text, branch: null } : { branch: text }))
        assert.equal(checkVersionLabel(label), label)
      }),
    )
  })

  test('that AWS would refuse is refused before', () => {
    for (const label of ['', 'a/b', 'x'.repeat(101), ' a', 'a\n', 'a\u0000b'])
      assert.throws(() => checkVersionLabel(label), { code: 'VERSION_LABEL_INVALID' }, JSON.stringify(label))
  })
})

test('the note in a version’s description fits AWS’s 200 characters and is read again', () => {
  const note = { commit, content: 'b'.repeat(16), previous: 'c d='.repeat(25) }
  const text = writeVersionNote(note)
  assert.ok(text.length <= 200, String(text.length))
  assert.deepEqual(readVersionNote(text), note)
  assert.deepEqual(readVersionNote(writeVersionNote({ ...note, previous: null })), { ...note, previous: null })
  for (const other of [null, '', 'made by hand', 'letterbox commit=zz content=1'])
    assert.equal(readVersionNote(other), null)
})
