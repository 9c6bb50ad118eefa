const HEADER_BYTES = 8
const STDERR = 2

/** Takes apart the engine's multiplexed stream of stdout and stderr, chunk by chunk, holding back nothing but a header:
 *  memory stays flat however much a container writes, and however small the pieces.
 *  @see Docker Engine API, "Attach to a container", stream format */
export function createDemux(out: { stdout(chunk: Uint8Array): void; stderr(chunk: Uint8Array): void }) {
  let header = Buffer.alloc(0)
  let stream = 0
  let left = 0

  return function feed(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (left === 0) {
        const take = Math.min(HEADER_BYTES - header.length, chunk.length - at)
        header = Buffer.concat([header, chunk.subarray(at, at + take)])
        at += take
        if (header.length < HEADER_BYTES) return
        stream = header.readUInt8(0)
        left = header.readUInt32BE(4)
        header = Buffer.alloc(0)
      } else {
        const piece = chunk.subarray(at, at + left)
        at += piece.length
        left -= piece.length
        if (stream === STDERR) out.stderr(piece)
        else out.stdout(piece)
      }
    }
  }
}
