import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { checkTemplate, renderTemplate, slug, TemplateFailed, templateVariables } from '../../../config/template.ts'
import { anEvent } from './sample-event.ts'

const commit = 'c0ffee0123456789c0ffee0123456789c0ffee01'
const push = templateVariables({ event: anEvent({ branch: 'feature/A' }), commit, runNumber: 7 })
const tag = templateVariables({ event: anEvent({ type: 'tag', tag: 'v1.4.2', branch: null }), commit, runNumber: 8 })

describe('a template', () => {
  test('is filled in with the facts of the event', () => {
    const text = '{{ repository.owner }}/{{ repository.name }}:{{ branch | slug }}-{{ shortCommit }}-{{ run.number }}'
    assert.equal(renderTemplate(text, push), `acme/shop:${slug('feature/A')}-c0ffee012345-7`)
  })

  test('knows the version of a tag without its v', () => {
    assert.equal(renderTemplate('{{ version }} {{ tag }}', tag), '1.4.2 v1.4.2')
  })

  test('fails where the event has no value, and says which', () => {
    assert.throws(
      () => renderTemplate('{{ tag }}', push),
      (error) => error instanceof TemplateFailed && /tag has no value for this event/.test(error.message),
    )
    assert.equal(renderTemplate('{{ tag | default: "none" }}', push), 'none')
    assert.equal(renderTemplate('{% if tag %}{{ tag }}{% else %}branch{% endif %}', push), 'branch')
  })

  for (const [text, problem] of [
    ['{{ brnch }}', /unknown variable brnch \(did you mean branch\?\)/],
    ['{{ repository.secret }}', /unknown variable repository\.secret/],
    ['{{ branch | slugg }}', /undefined filter: slugg/],
    ['{{ branch', /not closed/],
    ['{% include "/etc/passwd" %}', /include/],
    ['{% render "x" %}', /render/],
    ['{% for i in (1..1000000000) %}x{% endfor %}', /for/],
    ['{{ branch.constructor }}', /unknown variable/],
  ] as const) {
    test(`${text} is refused`, () => assert.match(checkTemplate(text) ?? 'accepted', problem))
  }

  test('takes hostile text as a value, never as a template', () => {
    const hostile = templateVariables({ event: anEvent({ branch: '{{ commit }}{% raw %}' }), commit, runNumber: 1 })
    assert.equal(renderTemplate('{{ branch }}', hostile), '{{ commit }}{% raw %}')
  })

  test('of any text is accepted or refused, and never throws anything but TemplateFailed', () => {
    fc.assert(
      fc.property(fc.string(), (noise) => {
        for (const text of [noise, `{{ ${noise} }}`, `{% ${noise} %}`, `{{ branch | ${noise} }}`]) {
          const problem = checkTemplate(text)
          try {
            renderTemplate(text, push)
          } catch (error) {
            assert.ok(error instanceof TemplateFailed)
          }
          assert.ok(problem === null || problem.length > 0)
        }
      }),
    )
  })
})

describe('slug', () => {
  test('leaves a DNS label as it is', () => {
    for (const label of ['main', 'feature-a', 'a', '1', 'a'.repeat(63)]) assert.equal(slug(label), label)
  })

  test('B07: never gives two branches the same name', () => {
    const slugs = ['feature/a', 'Feature/A', 'feature-a', 'feature_a', 'feature/a/', 'FEATURE-A'].map(slug)
    assert.equal(new Set(slugs).size, slugs.length)
    assert.match(slug('feature/a'), /^feature-a-[0-9a-f]{8}$/)
  })

  test('gives a name also to a text without a letter', () => {
    assert.match(slug(''), /^x-[0-9a-f]{8}$/)
    assert.match(slug('///'), /^x-[0-9a-f]{8}$/)
    assert.match(slug('日本'), /^x-[0-9a-f]{8}$/)
  })

  test('is a DNS label for any text', () => {
    fc.assert(
      fc.property(fc.uint16Array({ maxLength: 300 }), (units) => {
        const text = String.fromCharCode(...units)
        assert.match(slug(text), /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/)
      }),
    )
  })
})
