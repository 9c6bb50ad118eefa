import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type DataFolder, dataFolder } from '../../job/data-folder.ts'
import { JobFile } from '../../job/job-file.ts'
import { startWebhook, type WebhookOptions } from '../../webhook/start-webhook.ts'
import { SECRET } from '../fixtures/deliveries/fixtures.ts'

/** The repositories of the fixtures, and one more with a secret of its own. */
export const CONFIG = `
server: { trustedProxies: [] }
repositories:
  github.com/Codertocat/Hello-World:
    secret: { env: FIXTURE_SECRET }
    triggers:
      - { name: build master, on: push, branches: [master], steps: [{ script: { run: [/bin/true] } }] }
      - { name: release, on: tag, tags: ["v*"], steps: [{ script: { run: [/bin/true] } }] }
  bitbucket.org/acme/*_deploy:
    secret: [{ env: OLD_SECRET }, { env: FIXTURE_SECRET }]
    triggers:
      - { name: build, on: push, steps: [{ script: { run: [/bin/true] } }] }
      - { name: clean up, on: branch_deleted, steps: [{ script: { run: [/bin/true] } }] }
  github.com/acme/other:
    secret: { env: OTHER_SECRET }
    triggers: [{ on: push, steps: [{ script: { run: [/bin/true] } }] }]
`

export const ENV = { FIXTURE_SECRET: SECRET, OLD_SECRET: 'rotated-out', OTHER_SECRET: 'secret of the other' }

export type Answered = { status: number; headers: Record<string, unknown>; text: string; json: unknown }

export type UnderTest = {
  folder: DataFolder
  configFile: string
  port: number
  /** what was logged, as JSON lines */
  lines: string[]
  send(method: string, path: string, headers?: Record<string, string>, body?: Buffer | string): Promise<Answered>
  post(headers: Record<string, string>, body: Buffer | string, path?: string): Promise<Answered>
  jobs(): JobFile[]
  stop(): Promise<void>
}

/** The webhook program in this process, on a free port, with a folder of its own; `stop` removes it. */
export async function webhookUnderTest(
  options: Partial<WebhookOptions> & { configText?: string; keep?: DataFolder } = {},
): Promise<UnderTest> {
  const { configText = CONFIG, keep, ...rest } = options
  const root = mkdtempSync(join(tmpdir(), 'letterbox-webhook-'))
  const configFile = join(root, 'config.yaml')
  writeFileSync(configFile, configText)
  const folder = keep ?? dataFolder(join(root, 'data'))
  for (const path of [folder.spoolTmp, folder.spoolNew, folder.state]) mkdirSync(path, { recursive: true })
  const lines: string[] = []
  const say = (facts: object, message: string) => void lines.push(JSON.stringify({ msg: message, ...facts }))
  const webhook = await startWebhook({
    config: configFile,
    data: folder.root,
    host: '127.0.0.1',
    port: 0,
    env: ENV,
    refusals: { burst: 1_000_000 },
    log: { info: say, warn: say, error: say },
    ...rest,
  })
  const { port } = webhook.address
  const send: UnderTest['send'] = (method, path, headers = {}, body) => sendTo(port, method, path, headers, body)
  return {
    folder,
    configFile,
    port,
    lines,
    send,
    post: (headers, body, path = '/hooks') => send('POST', path, headers, body),
    jobs: () =>
      readdirSync(folder.spoolNew)
        .sort()
        .map((name) => JobFile.parse(JSON.parse(readFileSync(join(folder.spoolNew, name), 'utf8')))),
    async stop() {
      await webhook.stop()
      rmSync(root, { recursive: true, force: true })
    },
  }
}

function sendTo(
  port: number,
  method: string,
  path: string,
  headers: Record<string, string>,
  body: Buffer | string | undefined,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const req = request({ host: '127.0.0.1', port, method, path, headers, agent: false }, (res) => {
      const chunks: Buffer[] = []
      res.on('data', (chunk: Buffer) => chunks.push(chunk))
      res.on('end', () => {
        const text = Buffer.concat(chunks).toString('utf8')
        const isJson = String(res.headers['content-type']).startsWith('application/json')
        resolve({ status: res.statusCode ?? 0, headers: res.headers, text, json: isJson ? JSON.parse(text) : null })
      })
      res.on('error', reject)
    })
    req.on('error', reject)
    req.end(body)
  })
}
