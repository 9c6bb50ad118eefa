import { createHmac, timingSafeEqual } from 'node:crypto'

const DIGEST_BYTES = 32

/** The digest in a signature header, or null when the header is missing or anything but `sha256=` and 64 hex digits. */
export function presentedDigest(header: string | undefined): Buffer | null {
  const match = /^sha256=([0-9a-fA-F]{64})$/.exec(header ?? '')
  return match?.[1] === undefined ? null : Buffer.from(match[1], 'hex')
}

/** Whether `secret` made this digest of `body`. Costs the same whether the digest is right, wrong or missing. */
export function isSignedWith(secret: string, body: Buffer, presented: Buffer | null): boolean {
  const expected = createHmac('sha256', secret).update(body).digest()
  const equal = timingSafeEqual(expected, presented ?? Buffer.alloc(DIGEST_BYTES))
  return equal && presented !== null
}
