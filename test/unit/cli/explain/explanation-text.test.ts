import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { explainEvent } from '../../../../cli/explain/explain-event.ts'
import { explanationText } from '../../../../cli/explain/explanation-text.ts'
import { type Hypothesis, hypotheticalEvent } from '../../../../cli/explain/hypothetical-event.ts'
import { parseConfig } from '../../../../config/load.ts'
import type { Config } from '../../../../config/schema.ts'
import { fakeCli } from '../fake-cli.ts'

const CONFIG = `
repositories:
  github.com/acme/shop:
    secret: { env: SECRET }
    triggers:
      - on: push
        branches: [main]
        paths: ["!docs/**"]
        steps: [{ build: { image: acme/shop } }, { test: { command: x }, name: unit }]
      - { name: release, on: tag, tags: ["v*"], steps: [{ build: { image: acme/shop } }] }
`

function explained(change: Partial<Hypothesis>): string {
  const hypothesis = { repository: 'github.com/acme/shop', branch: null, tag: null, paths: null, message: null }
  const event = hypotheticalEvent({ ...hypothesis, ...change })
  return explanationText(explainEvent(config(), event), fakeCli().cli)
}

function config(): Config {
  const result = parseConfig(CONFIG, 'config.yaml')
  if (result.kind === 'refused') assert.fail(JSON.stringify(result.diagnostics))
  return result.config
}

suite('explain says why a push starts a run, or why not', () => {
  test('what starts is shown with its steps', () => {
    const text = explained({ branch: 'main' })
    assert.match(text, /yes {2}push main\n {7}steps: build, test \(unit\)\n/)
    assert.match(text, /Starts 1 run: push main\.\n$/)
  })

  test('a trigger that stays quiet shows the condition that is not met, with the value', () => {
    const text = explained({ branch: 'develop' })
    assert.match(text, /no {3}push main\n {7}branches: wants main, is develop\n/)
    assert.match(text, /no {3}release\n {7}event: wants tag, is push\n/)
    assert.match(text, /\nNothing starts: .*\.\n$/)
  })

  test('only changed docs start nothing where the trigger leaves docs out', () => {
    assert.match(
      explained({ branch: 'main', paths: ['docs/index.md'] }),
      /paths: wants !docs\/\*\*, is docs\/index\.md/,
    )
  })

  test('[skip ci] is named', () => {
    assert.match(explained({ branch: 'main', message: 'typo [skip ci]' }), /skip-ci: /)
  })

  test('a tag starts what waits for tags', () => {
    assert.match(explained({ tag: 'v1.2.0' }), /Starts 1 run: release\./)
  })
})
