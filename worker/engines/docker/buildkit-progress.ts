import { StringDecoder } from 'node:string_decoder'
import type { BuildKitStatus, BuildKitTime } from './buildkit-status.ts'

type Vertex = BuildKitStatus['vertexes'][number]
type Shown = { number: number; name: string; started: boolean; ended: boolean }
type Out = { stdout(text: string): void; stderr(text: string): void }

const STDERR = 2

/** Shows a BuildKit build as `docker build --progress=plain` does: `#3 [2/4] RUN make`, then what it writes, then
 *  `#3 DONE 1.2s`, `#3 CACHED` or `#3 ERROR: …`. Instructions that run at once are told apart by their numbers. */
export function createBuildKitProgress(out: Out) {
  const shown = new Map<string, Shown>()
  const decoders = new Map<string, StringDecoder>()
  let lineOpen = false
  let speaker: string | null = null

  return function show(status: BuildKitStatus): void {
    for (const vertex of status.vertexes) begin(vertex)
    for (const log of status.logs) write(log)
    for (const warning of status.warnings) line(warning.vertex, `WARN: ${Buffer.from(warning.short).toString()}`)
    for (const vertex of status.vertexes) end(vertex)
  }

  function begin(vertex: Vertex): void {
    const known = shown.get(vertex.digest)
    if (known?.started || !vertex.started) return
    const number = known?.number ?? shown.size + 1
    shown.set(vertex.digest, { number, name: vertex.name, started: true, ended: false })
    line(vertex.digest, vertex.name)
  }

  function write(log: BuildKitStatus['logs'][number]): void {
    const text = decoder(`${log.vertex} ${log.stream}`).write(Buffer.from(log.msg))
    if (text === '') return
    if (lineOpen && speaker !== log.vertex) closeLine()
    if (speaker !== log.vertex) changeSpeaker(log.vertex)
    if (log.stream === STDERR) out.stderr(text)
    else out.stdout(text)
    lineOpen = !text.endsWith('\n')
    speaker = log.vertex
  }

  function end(vertex: Vertex): void {
    const known = shown.get(vertex.digest)
    if (!known || known.ended || !(vertex.completed || vertex.error)) return
    known.ended = true
    if (vertex.error) line(vertex.digest, `ERROR: ${vertex.error}`)
    else if (vertex.cached) line(vertex.digest, 'CACHED')
    else line(vertex.digest, `DONE ${seconds(vertex.started, vertex.completed)}`)
  }

  /** Says who writes now, where another instruction wrote or began in between. */
  function changeSpeaker(digest: string): void {
    const known = shown.get(digest)
    if (known && speaker !== null) line(digest, known.name)
  }

  function line(digest: string, text: string): void {
    if (lineOpen) closeLine()
    out.stdout(`#${shown.get(digest)?.number ?? 0} ${text}\n`)
    speaker = digest
  }

  function closeLine(): void {
    out.stdout('\n')
    lineOpen = false
  }

  function decoder(key: string): StringDecoder {
    const known = decoders.get(key) ?? new StringDecoder('utf8')
    decoders.set(key, known)
    return known
  }
}

function seconds(from: BuildKitTime, to: BuildKitTime): string {
  if (!from || !to) return '0.0s'
  return `${Math.max(0, to.seconds - from.seconds + (to.nanos - from.nanos) / 1e9).toFixed(1)}s`
}
