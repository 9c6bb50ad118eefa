/** Every change of state on a push's way through Letterbox, in the order in which it passes them: each is a place where
 *  a program may be killed, and each is called once at least as `failpoint('<name>')`, in the file `at`. The kill sweep
 *  (test/e2e/kill-sweep.test.ts, `letterbox selftest --crash`) kills at each of them; a name that it never passes fails. */
export const TRANSITIONS = {
  'body-read': { program: 'webhook', at: 'webhook/app.ts', means: 'the body of the delivery is in memory' },
  verified: { program: 'webhook', at: 'webhook/receive-delivery.ts', means: 'its signature is good' },
  'job-file-written': { program: 'webhook', at: 'job/spool.ts', means: 'the job file is written, not yet fsynced' },
  'job-file-synced': { program: 'webhook', at: 'job/spool.ts', means: 'the job file is fsynced in spool/tmp' },
  'job-file-renamed': { program: 'webhook', at: 'job/spool.ts', means: 'the job file is in spool/new' },
  'folder-synced': { program: 'webhook', at: 'job/spool.ts', means: 'the folder is fsynced, nothing is answered' },
  answered: { program: 'webhook', at: 'webhook/app.ts', means: '202 is on its way to the forge' },
  'config-kept': { program: 'worker', at: 'worker/start-worker.ts', means: 'the store keeps the config in force' },
  'leftovers-swept': { program: 'worker', at: 'worker/start-worker.ts', means: 'what an earlier life left is removed' },
  taken: { program: 'worker', at: 'job/take-job.ts', means: 'the job file is in work/taken' },
  judged: { program: 'worker', at: 'worker/intake/intake.ts', means: 'it is verified again and planned' },
  recorded: { program: 'worker', at: 'worker/intake/intake.ts', means: 'the job and its runs are in the store' },
  'job-deleted': { program: 'worker', at: 'worker/intake/intake.ts', means: 'the job file is deleted' },
  'run-started': { program: 'worker', at: 'worker/run/execute-run.ts', means: 'the run is running' },
  'source-fetched': {
    program: 'worker',
    at: 'worker/source/source.ts',
    means: 'the ref is in the mirror, its commit proven',
  },
  'checked-out': { program: 'worker', at: 'worker/source/source.ts', means: 'the workspace is whole' },
  'step-started': { program: 'worker', at: 'worker/run/run-steps.ts', means: 'a step is running' },
  'image-built': {
    program: 'worker',
    at: 'worker/steps/build.ts',
    means: 'the engine has the image, the store does not know',
  },
  'container-created': {
    program: 'worker',
    at: 'worker/engines/docker/run-container.ts',
    means: 'the container waits for its start',
  },
  'container-ended': {
    program: 'worker',
    at: 'worker/engines/docker/run-container.ts',
    means: 'the container has ended and is still there',
  },
  pushed: {
    program: 'worker',
    at: 'worker/engines/docker/push-image.ts',
    means: 'the registry has the tag, the store does not know',
  },
  'step-ended': {
    program: 'worker',
    at: 'worker/run/run-steps.ts',
    means: 'a step has ended, the store does not know',
  },
  'step-recorded': { program: 'worker', at: 'worker/run/run-steps.ts', means: 'the end of a step is in the store' },
  'workspace-removed': { program: 'worker', at: 'worker/run/execute-run.ts', means: 'the workspace is removed' },
  'verdict-known': {
    program: 'worker',
    at: 'worker/run/execute-run.ts',
    means: 'how the run ends is known, the store does not know',
  },
  'run-ended': {
    program: 'worker',
    at: 'worker/run/execute-run.ts',
    means: 'the end of the run and its mails are in the store',
  },
  'mail-sending': { program: 'worker', at: 'worker/report/send-due.ts', means: 'a mail is about to leave' },
  'mail-sent': {
    program: 'worker',
    at: 'worker/report/send-due.ts',
    means: 'the mail server took it, the store does not know',
  },
  'mail-recorded': { program: 'worker', at: 'worker/report/send-due.ts', means: 'the store knows that it was sent' },
} as const satisfies Record<string, { program: 'webhook' | 'worker'; at: string; means: string }>

export type Transition = keyof typeof TRANSITIONS

export function isTransition(name: string): name is Transition {
  return Object.hasOwn(TRANSITIONS, name)
}
