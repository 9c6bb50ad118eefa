import { z } from 'zod'
import { DeliveryJob, type JobFile, RequestJob } from './job-file.ts'

/** More values (and containers) than any real delivery has; a file of more would cost the worker its memory. */
const MAX_VALUES = 250_000
const MAX_PROBLEM_CHARS = 300

export type Refusal = { code: string; message: string }
export type ParsedJobFile = { kind: 'job'; job: JobFile } | { kind: 'refused'; reason: Refusal }

/** Reads the bytes of a job file; whoever wrote them is not trusted. Never throws. `id` is what the file's name says. */
export function parseJobFile(bytes: Uint8Array, id: string): ParsedJobFile {
  const text = decode(bytes)
  if (text === null) return refused('JOB_FILE_NOT_TEXT', 'the file is not UTF-8 text')
  if (countValues(text) > MAX_VALUES) {
    return refused('JOB_FILE_TOO_MANY_VALUES', `the file holds more than ${MAX_VALUES} values`)
  }
  const value = parseJson(text)
  if (value.kind === 'refused') return value
  const version = z.object({ version: z.unknown() }).safeParse(value.json).data?.version
  if (version !== 1) return refused('JOB_FILE_VERSION', `version ${describe(version)} is not known; known: 1`)
  const parsed = parseShape(value.json)
  if (parsed.kind === 'job' && parsed.job.id !== id) {
    return refused('JOB_FILE_ID', `the file is named ${id}, but says that it is ${parsed.job.id}`)
  }
  return parsed
}

function refused(code: string, message: string): { kind: 'refused'; reason: Refusal } {
  return { kind: 'refused', reason: { code, message } }
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return null // the only thing that a fatal decoder throws for
  }
}

/** An upper bound of the values that parsing would make: separators and openings outside of strings. */
function countValues(text: string): number {
  let values = 0
  let inString = false
  for (let at = 0; at < text.length && values <= MAX_VALUES; at++) {
    const char = text.charCodeAt(at)
    if (char === QUOTE) inString = !inString
    else if (char === BACKSLASH && inString) at += 1
    else if (!inString && (char === COMMA || char === BRACKET || char === BRACE)) values += 1
  }
  return values
}
const QUOTE = 0x22
const BACKSLASH = 0x5c
const COMMA = 0x2c
const BRACKET = 0x5b
const BRACE = 0x7b

function parseJson(text: string): { kind: 'json'; json: unknown } | { kind: 'refused'; reason: Refusal } {
  try {
    return { kind: 'json', json: JSON.parse(text) }
  } catch (error) {
    return refused('JOB_FILE_NOT_JSON', `the file is not JSON: ${cut(error instanceof Error ? error.message : '')}`)
  }
}

/** The member of the union is chosen first: its problems tell more than "no member fits", and are found only once. */
function parseShape(json: unknown): ParsedJobFile {
  const source = z.object({ source: z.enum(['webhook', 'poll']) }).safeParse(json)
  const schema: z.ZodType<JobFile> = source.success ? DeliveryJob : RequestJob
  try {
    const job = schema.safeParse(json)
    if (job.success) return { kind: 'job', job: job.data }
    return refused('JOB_FILE_SHAPE', `the file is no job file: ${problems(job.error)}`)
  } catch (error) {
    // zod gives up with a RangeError on very many problems
    return refused('JOB_FILE_SHAPE', `the file is no job file: ${cut(error instanceof Error ? error.message : '')}`)
  }
}

/** What was expected where. Keys are the attacker's text: each problem is cut, and shows no control characters. */
function problems(error: z.ZodError): string {
  return error.issues
    .slice(0, 10)
    .map((issue) => cut(z.prettifyError(new z.ZodError([issue]))))
    .join('; ')
}

function describe(value: unknown): string {
  return typeof value === 'number' || typeof value === 'string' ? JSON.stringify(value).slice(0, 40) : typeof value
}

function cut(text: string): string {
  const plain = text.slice(0, MAX_PROBLEM_CHARS).replace(/\s+/g, ' ').replace(/\p{C}/gu, '\ufffd')
  return text.length <= MAX_PROBLEM_CHARS ? plain : `${plain} …`
}
