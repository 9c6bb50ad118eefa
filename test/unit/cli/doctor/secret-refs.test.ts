import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { secretRefs } from '../../../../cli/doctor/secret-refs.ts'
import { parseConfig } from '../../../../config/load.ts'

const CONFIG = `
registries: { main: { address: registry.example.com, username: ci, password: { file: /r } } }
mail: { smtp: { url: { env: SMTP } }, from: ci@example.com }
forges: { github.com: { kind: github, token: { env: TOKEN }, sshKey: { file: /k } } }
repositories:
  github.com/acme/shop:
    secret: [{ env: NEW }, { env: OLD }]
    secrets: { npm: { env: NPM } }
    triggers:
      - on: push
        steps:
          - build: { image: acme/shop, secrets: [npm] }
          - test: { command: x, secrets: { API: { env: API } } }
          - push: { registry: main, tags: [latest] }
`

suite('the secrets that the doctor looks for', () => {
  test('every reference in the config is found, each once', () => {
    const result = parseConfig(CONFIG, 'config.yaml')
    if (result.kind === 'refused') assert.fail(JSON.stringify(result.diagnostics))
    const names = secretRefs(result.config).map((ref) => ('env' in ref ? ref.env : ref.file))
    assert.deepEqual(names.sort(), ['/k', '/r', 'API', 'NEW', 'NPM', 'OLD', 'SMTP', 'TOKEN'])
  })
})
