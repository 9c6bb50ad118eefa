/** Every change of state on the ways through Letterbox, in the order in which they are passed: each is a place where a
 *  program may be killed, and each is called as `failpoint('<name>')` in the file `at`, and nowhere else. `way` is the run
 *  that passes it: `push` is a delivery that builds, tests, pushes and mails. A sweep goes over all names of its way
 *  (`transitionsOf`), kills at each, and fails at one that it never passes: so none can be added without a test. The
 *  table in docs/guarantees.md has them all. */
export const TRANSITIONS = {
  'body-read': {
    way: 'push',
    program: 'webhook',
    at: 'webhook/app.ts',
    means: 'the body of the delivery is in memory',
  },
  verified: { way: 'push', program: 'webhook', at: 'webhook/receive-delivery.ts', means: 'its signature is good' },
  'job-file-written': {
    way: 'push',
    program: 'webhook',
    at: 'job/spool.ts',
    means: 'the job file is written, not yet fsynced',
  },
  'job-file-synced': {
    way: 'push',
    program: 'webhook',
    at: 'job/spool.ts',
    means: 'the job file is fsynced in spool/tmp',
  },
  'job-file-renamed': { way: 'push', program: 'webhook', at: 'job/spool.ts', means: 'the job file is in spool/new' },
  'folder-synced': {
    way: 'push',
    program: 'webhook',
    at: 'job/spool.ts',
    means: 'the folder is fsynced, nothing is answered',
  },
  answered: { way: 'push', program: 'webhook', at: 'webhook/app.ts', means: '202 is on its way to the forge' },
  'config-kept': {
    way: 'push',
    program: 'worker',
    at: 'worker/start-worker.ts',
    means: 'the store keeps the config in force',
  },
  'leftovers-swept': {
    way: 'push',
    program: 'worker',
    at: 'worker/start-worker.ts',
    means: 'what an earlier life left is removed',
  },
  taken: { way: 'push', program: 'worker', at: 'job/take-job.ts', means: 'the job file is in work/taken' },
  judged: { way: 'push', program: 'worker', at: 'worker/intake/intake.ts', means: 'it is verified again and planned' },
  recorded: {
    way: 'push',
    program: 'worker',
    at: 'worker/intake/intake.ts',
    means: 'the job and its runs are in the store',
  },
  'job-deleted': { way: 'push', program: 'worker', at: 'worker/intake/intake.ts', means: 'the job file is deleted' },
  'run-started': { way: 'push', program: 'worker', at: 'worker/run/execute-run.ts', means: 'the run is running' },
  'source-fetched': {
    way: 'push',
    program: 'worker',
    at: 'worker/source/source.ts',
    means: 'the ref is in the mirror, its commit proven',
  },
  'checked-out': { way: 'push', program: 'worker', at: 'worker/source/source.ts', means: 'the workspace is whole' },
  'step-started': { way: 'push', program: 'worker', at: 'worker/run/run-steps.ts', means: 'a step is running' },
  'image-built': {
    way: 'push',
    program: 'worker',
    at: 'worker/steps/build.ts',
    means: 'the engine has the image, the store does not know',
  },
  'container-created': {
    way: 'push',
    program: 'worker',
    at: 'worker/engines/docker/run-container.ts',
    means: 'the container waits for its start',
  },
  'container-ended': {
    way: 'push',
    program: 'worker',
    at: 'worker/engines/docker/run-container.ts',
    means: 'the container has ended and is still there',
  },
  pushed: {
    way: 'push',
    program: 'worker',
    at: 'worker/engines/docker/push-image.ts',
    means: 'the registry has the tag, the store does not know',
  },
  'step-ended': {
    way: 'push',
    program: 'worker',
    at: 'worker/run/run-steps.ts',
    means: 'a step has ended, the store does not know',
  },
  'step-recorded': {
    way: 'push',
    program: 'worker',
    at: 'worker/run/run-steps.ts',
    means: 'the end of a step is in the store',
  },
  'workspace-removed': {
    way: 'push',
    program: 'worker',
    at: 'worker/run/execute-run.ts',
    means: 'the workspace is removed',
  },
  'verdict-known': {
    way: 'push',
    program: 'worker',
    at: 'worker/run/execute-run.ts',
    means: 'how the run ends is known, the store does not know',
  },
  'run-ended': {
    way: 'push',
    program: 'worker',
    at: 'worker/run/execute-run.ts',
    means: 'the end of the run and its mails are in the store',
  },
  'mail-sending': {
    way: 'push',
    program: 'worker',
    at: 'worker/report/send-due.ts',
    means: 'a mail is about to leave',
  },
  'mail-sent': {
    way: 'push',
    program: 'worker',
    at: 'worker/report/send-due.ts',
    means: 'the mail server took it, the store does not know',
  },
  'mail-recorded': {
    way: 'push',
    program: 'worker',
    at: 'worker/report/send-due.ts',
    means: 'the store knows that it was sent',
  },
} as const satisfies Record<string, { way: 'push'; program: 'webhook' | 'worker'; at: string; means: string }>

export type Transition = keyof typeof TRANSITIONS

export function isTransition(name: string): name is Transition {
  return Object.hasOwn(TRANSITIONS, name)
}

/** The names of one way, in their order. */
export function transitionsOf(way: 'push' | 'deploy'): Transition[] {
  return Object.entries(TRANSITIONS).flatMap(([name, facts]) => (facts.way === way && isTransition(name) ? [name] : []))
}
