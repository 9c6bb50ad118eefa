import type { ConfigInput } from '../../config/schema.ts'
import type { Triggers } from './stand.ts'

type StepInput = NonNullable<NonNullable<ConfigInput['repositories']>[string]>['triggers'][number]['steps'][number]

/** Steps as most tests use them. */
export const BUILD: StepInput = { build: { image: 'acme/shop' } }
export const TEST: StepInput = { test: { command: './runtests.sh' } }
export const PUSH: StepInput = { push: { registry: 'main', tags: ['latest', '{{ shortCommit }}'] } }

/** The main job: build, test, push, mail, on every push to `main`. */
export const MAIN_JOB: Triggers = [
  { on: 'push', branches: ['main'], steps: [BUILD, TEST, PUSH], mail: { to: ['pusher'], on: 'always' } },
]

/** A repository whose image says what the test wants it to say. */
export function shopFiles(change: { tests?: string; build?: string; says?: string } = {}): Record<string, string> {
  return {
    Dockerfile: [
      'FROM busybox:1.36',
      'WORKDIR /shop',
      'COPY . .',
      `RUN ${change.build ?? 'echo "the shop is built"'}`,
      'CMD ["cat", "says.txt"]',
      '',
    ].join('\n'),
    'says.txt': `${change.says ?? 'good morning'}\n`,
    'runtests.sh': `#!/bin/sh\n${change.tests ?? 'grep -q good says.txt && echo "ok 1 - it greets"'}\n`,
  }
}
