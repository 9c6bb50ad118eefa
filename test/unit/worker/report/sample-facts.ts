import { type Config, ConfigSchema } from '../../../../config/schema.ts'
import type { Event } from '../../../../job/event.ts'
import type { Run, RunStep } from '../../../../job/run.ts'
import type { RunLogLine } from '../../../../job/run-log-line.ts'
import type { ComposeFacts } from '../../../../worker/report/compose-mail.ts'

const COMMIT = '5e3c2f7a9b1d4c6e8f0a1b2c3d4e5f6071829304'

export function sampleConfig(change: { url?: string | null; allow?: string[] } = {}): Config {
  const url = change.url === undefined ? 'https://ci.example.com' : change.url
  return ConfigSchema.parse({
    server: url === null ? {} : { url },
    mail: {
      smtp: { url: { env: 'SMTP_URL' } },
      from: 'Letterbox <ci@example.com>',
      allow: change.allow ?? ['*@example.com'],
    },
  })
}

export function sampleEvent(change: Partial<Event> = {}): Event {
  return {
    type: 'push',
    repository: {
      host: 'github.com',
      path: 'acme/shop',
      name: 'shop',
      url: 'https://github.com/acme/shop',
      cloneUrl: null,
      sshUrl: null,
      defaultBranch: 'main',
      private: true,
    },
    ref: 'refs/heads/main',
    branch: 'main',
    tag: null,
    commit: COMMIT,
    before: null,
    created: false,
    forced: false,
    message:
      'Round the basket total once, at the end\n\nRounding every line lost up to a cent per article;\ncustomers with long baskets noticed.',
    author: { name: 'Ada Lovelace', email: 'ada@example.com', login: 'ada' },
    sender: { name: 'Grace Hopper', email: 'grace@example.com', login: 'grace' },
    commits: [],
    changedFiles: null,
    pullRequest: null,
    link: null,
    ...change,
  }
}

export function sampleStep(index: number, change: Partial<RunStep> = {}): RunStep {
  return {
    index,
    action: 'build',
    name: 'build',
    state: 'succeeded',
    startedAt: '2026-11-21T05:00:02.000Z',
    finishedAt: '2026-11-21T05:00:43.500Z',
    exitCode: 0,
    error: null,
    outputs: { image: null, imageId: null, digest: null, tags: [], versionLabel: null, address: null, health: null },
    takenFrom: null,
    ...change,
  }
}

export function sampleRun(change: Partial<Run> = {}): Run {
  return {
    id: '01KAHV0G4M8Q2Y7ZB3N5R6T9WX',
    number: 12,
    job: '01KAHV0FZZ8Q2Y7ZB3N5R6T9WX',
    repository: 'github.com/acme/shop',
    event: 'push',
    ref: 'refs/heads/main',
    branch: 'main',
    tag: null,
    commit: COMMIT,
    message: null,
    author: 'Ada Lovelace',
    trigger: 'push main',
    state: 'succeeded',
    reason: null,
    attempt: 1,
    queuedAt: '2026-11-21T05:00:00.000Z',
    startedAt: '2026-11-21T05:00:01.000Z',
    finishedAt: '2026-11-21T05:01:09.000Z',
    steps: succeededSteps(),
    ...change,
  }
}

export function failedRun(change: Partial<Run> = {}): Run {
  return sampleRun({ state: 'failed', reason: 'step test failed', steps: failedSteps(), ...change })
}

export function sampleFacts(change: Partial<ComposeFacts> = {}): ComposeFacts {
  const run = change.run ?? sampleRun()
  return {
    run,
    event: sampleEvent(),
    mail: { to: ['pusher'], on: 'always' },
    config: sampleConfig(),
    previous: null,
    tail: (_step, lines) => (run.state === 'failed' ? failingLog().slice(-lines) : []),
    mask: (text) => text,
    ...change,
  }
}

export function logLine(text: string, change: Partial<RunLogLine> = {}): RunLogLine {
  return { time: '2026-11-21T05:01:00.000Z', step: 1, stream: 'stdout', text, ...change }
}

function succeededSteps(): RunStep[] {
  const none = sampleStep(0).outputs
  return [
    sampleStep(0, { outputs: { ...none, image: 'acme/shop', imageId: `sha256:${'a'.repeat(64)}` } }),
    sampleStep(1, {
      action: 'test',
      name: 'unit tests',
      startedAt: '2026-11-21T05:00:43.500Z',
      finishedAt: '2026-11-21T05:01:05.100Z',
    }),
    sampleStep(2, {
      action: 'push',
      name: 'push',
      startedAt: '2026-11-21T05:01:05.200Z',
      finishedAt: '2026-11-21T05:01:09.000Z',
      outputs: {
        ...none,
        image: 'acme/shop',
        digest: `sha256:${'4b7e91d2'.repeat(8)}`,
        tags: ['code.example.com:5000/acme/shop:latest', 'code.example.com:5000/acme/shop:5e3c2f7a9b1d'],
      },
    }),
  ]
}

function failedSteps(): RunStep[] {
  return [
    sampleStep(0),
    sampleStep(1, {
      action: 'test',
      name: 'test',
      state: 'failed',
      startedAt: '2026-11-21T05:00:43.500Z',
      finishedAt: '2026-11-21T05:01:05.100Z',
      exitCode: 1,
      error: {
        code: 'COMMAND_FAILED',
        message: './runtests.sh ended with exit code 1',
        hint: 'The lines below are the last it wrote; run the same command in the built image to see it again.',
      },
    }),
    sampleStep(2, {
      action: 'push',
      name: 'push',
      state: 'skipped',
      startedAt: null,
      finishedAt: null,
      exitCode: null,
    }),
  ]
}

function failingLog(): RunLogLine[] {
  return [
    logLine('image sha256:aaaaaaaaaaaa, command ./runtests.sh', { stream: 'letterbox' }),
    logLine('\x1b[1mbasket\x1b[0m'),
    logLine('  \x1b[32m✓\x1b[0m an empty basket costs nothing \x1b[90m(1 ms)\x1b[0m'),
    logLine('  \x1b[32m✓\x1b[0m one article costs its price \x1b[90m(1 ms)\x1b[0m'),
    logLine('  \x1b[31m✗ three articles of 0.335 cost 1.01\x1b[0m \x1b[90m(3 ms)\x1b[0m'),
    logLine(''),
    logLine('\x1b[31mAssertionError\x1b[0m: expected \x1b[32m1.01\x1b[0m but got \x1b[31m1.02\x1b[0m'),
    logLine(
      '    at total (/app/basket.js:17:9) \x1b[34mhttps://example.com/very/long/address/that/does/not/fit\x1b[0m',
    ),
    logLine('    at /app/basket.test.js:31:5'),
    logLine(''),
    logLine('\x1b[33mwarning\x1b[0m: <1 test> was skipped & "quoted"', { stream: 'stderr' }),
    logLine('\x1b[1;31m1 failed\x1b[0m, 2 passed, 1 skipped'),
    logLine('the command ended with exit code 1', { stream: 'letterbox' }),
  ]
}
