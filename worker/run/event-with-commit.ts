import type { Event } from '../../job/event.ts'
import type { Workspace } from '../source/source-port.ts'

/** The event once the remote has answered: it says the commit, and what the forge did not tell of it. */
export function eventWithCommit(event: Event, workspace: Workspace): Event {
  return {
    ...event,
    commit: workspace.commit,
    message: event.message ?? workspace.message,
    author: event.author ?? { ...workspace.author, login: null },
  }
}
