import { ulid } from 'ulid'
import type { Request, RequestJob } from '../../job/job-file.ts'

/** The job file of what a person asks for on the command line. */
export function requestJob(request: Request, now: Date): RequestJob {
  return {
    version: 1,
    id: ulid(now.getTime()),
    receivedAt: now.toISOString(),
    source: 'cli',
    forge: null,
    delivery: null,
    headers: {},
    body: null,
    events: [],
    request,
  }
}
