import { EngineUnavailable } from '../engine-errors.ts'

/** What the engine answered to a request that it did not carry out. */
export type EngineAnswer = { status: number; message: string }

/** Does a call to the engine; trouble on the way to it becomes EngineUnavailable, its own answers pass as they are. */
export async function reach<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw asUnavailable(error) ?? error
  }
}

/** The engine's answer in an error of dockerode; null for any other error. */
export function engineAnswer(error: unknown): EngineAnswer | null {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return null
  return { status: error.statusCode, message: answeredMessage(error) }
}

export function isStatus(error: unknown, status: number): boolean {
  return engineAnswer(error)?.status === status
}

/** EngineUnavailable for errors of the connection; null for others, aborts among them. */
export function asUnavailable(error: unknown): EngineUnavailable | null {
  if (!(error instanceof Error) || error.name === 'AbortError') return null
  const code = 'code' in error ? String(error.code) : ''
  const syscall = 'syscall' in error ? String(error.syscall) : ''
  if (syscall === 'connect' || syscall === 'getaddrinfo') return new EngineUnavailable('does not answer', error)
  const lost = [
    'ECONNRESET',
    'EPIPE',
    'ECONNABORTED',
    'ETIMEDOUT',
    'ERR_STREAM_PREMATURE_CLOSE',
    'HPE_INVALID_EOF_STATE',
  ]
  return lost.includes(code) ? new EngineUnavailable('went away', error) : null
}

function answeredMessage(error: Error): string {
  const json = 'json' in error ? error.json : null
  if (typeof json === 'object' && json !== null && 'message' in json && typeof json.message === 'string')
    return json.message
  return error.message.replace(/^\(HTTP code \d+\) [^-]* - /, '').trim()
}
