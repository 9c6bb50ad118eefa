import { z } from 'zod'
import { EventType } from '../../job/event.ts'
import { recipient } from './mail-address.ts'
import { duration, glob, globs, plainText } from './scalars.ts'
import { Step } from './steps.ts'

const TriggerMail = z.strictObject({
  to: z.array(recipient).min(1).meta({
    description: 'Addresses; `pusher` stands for the one who pushed, mailed only where `mail.allow` matches.',
  }),
  on: z.enum(['always', 'failure', 'change']).default('always').meta({
    description: 'When: after every run, after a failed one, or when it ended otherwise than the run before.',
  }),
})

/** On which event which steps. */
export const Trigger = z.strictObject({
  name: plainText(100).optional().meta({
    description: 'Name in lists, mails and statuses, unique in the repository. Default: made of `on` and the globs.',
  }),
  on: EventType.meta({ description: 'The event that starts it.' }),
  branches: globs.optional().meta({ description: 'Only these branches. Default: every branch.' }),
  tags: globs.optional().meta({ description: 'Only these tags. Default: every tag.' }),
  paths: globs.optional().meta({
    description:
      'Only when at least one changed file is selected. Always met where the forge does not say what changed.',
  }),
  trusted: z
    .array(glob)
    .min(1)
    .optional()
    .meta({
      description:
        'Hands secrets to steps only when the sender whom the forge’s signature vouches for is in this list: logins or globs ' +
        'of them, at Bitbucket account ids. For others the steps run without. Default: whoever may push.',
    }),
  timeout: duration.optional().meta({ description: 'Time limit of the whole run. Default: `worker.timeout`.' }),
  concurrency: plainText(100).optional().meta({
    description:
      'Name of a group: its runs go one after the other, whatever their trigger, branch or repository. Default: the runs of a repository’s branch or tag do.',
  }),
  supersede: z.enum(['queued', 'running', 'none']).default('queued').meta({
    description:
      'What a newer push of the branch ends: older runs of this trigger that wait, or also the one that runs, or none. Tags always run.',
  }),
  steps: z.array(Step).min(1).meta({ description: 'What to do, one after the other; the first failure ends the run.' }),
  mail: TriggerMail.optional().meta({ description: 'Who is told how it ended. Default: nobody.' }),
})
export type Trigger = z.output<typeof Trigger>
