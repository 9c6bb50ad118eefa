import type { StepIO } from '../../worker/engines/engine.ts'

/** A StepIO that keeps what a step said. */
export function recordingIo(controller = new AbortController()) {
  const heard = { stdout: '', stderr: '', said: [] as string[] }
  const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() }
  const text = (stream: 'stdout' | 'stderr', chunk: string | Uint8Array) =>
    typeof chunk === 'string' ? chunk : decoders[stream].decode(chunk, { stream: true })
  const io: StepIO = {
    stdout(chunk) {
      heard.stdout += text('stdout', chunk)
    },
    stderr(chunk) {
      heard.stderr += text('stderr', chunk)
    },
    say(line) {
      heard.said.push(line)
    },
    signal: controller.signal,
  }
  return { io, heard, abort: (reason?: unknown) => controller.abort(reason) }
}
