import type { Beanstalk, BeanstalkEvent } from './aws-port.ts'

/** The environment's events, each said once. */
export type EventsFollower = {
  /** Says what is new. `true`: something was. */
  tell(): Promise<boolean>
  /** those said since `mark`, oldest first */
  told(): BeanstalkEvent[]
  /** forgets what was told: what comes next belongs to another change of the environment */
  mark(): void
}

export type EventsDeps = {
  beanstalk: Pick<Beanstalk, 'events' | 'newestEvent'>
  application: string
  environment: string
  say(line: string): void
  /** lines that this step has said already, in an earlier life of the worker */
  earlier: string[]
  /** when the step began, if that was in an earlier life */
  begunAt: Date | null
}

/** Begins behind the newest event there is, or, for a step that goes on, behind the last that it has told. All times
 *  are AWS's own, so nothing depends on our clock. */
export async function followEvents(deps: EventsDeps): Promise<EventsFollower> {
  const { beanstalk, application, environment } = deps
  const said = new Map<string, number>()
  let told: BeanstalkEvent[] = []
  for (const line of deps.earlier) count(said, line)
  let from = latest(deps.earlier) ?? deps.begunAt
  if (from === null) {
    from = (await beanstalk.newestEvent(application, environment))?.at ?? null
    // those of the newest one's moment are old, too
    if (from !== null)
      for (const event of await beanstalk.events(application, environment, from)) count(said, lineOf(event))
  }

  return {
    async tell() {
      const heard = new Map<string, number>()
      let news = false
      for (const event of await beanstalk.events(application, environment, from)) {
        const line = lineOf(event)
        if (count(heard, line) <= (said.get(line) ?? 0)) continue
        count(said, line)
        deps.say(line)
        told.push(event)
        news = true
        if (from === null || event.at > from) from = event.at
      }
      return news
    },
    told: () => told,
    mark() {
      told = []
    },
  }
}

/** The same event may truly come twice in one moment: then its line is counted. */
function count(lines: Map<string, number>, line: string): number {
  const times = (lines.get(line) ?? 0) + 1
  lines.set(line, times)
  return times
}

function lineOf({ at, severity, message }: BeanstalkEvent): string {
  return `${at.toISOString()} ${severity.padEnd(5)} ${message.replace(/\s+/g, ' ').trim()}`
}

function latest(lines: string[]): Date | null {
  const times = lines.flatMap((line) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z(?= [A-Z]+ )/.exec(line)?.[0] ?? [])
  const last = times.sort().at(-1)
  return last === undefined ? null : new Date(last)
}
