/** At most `max` UTF-16 units, never ending in half a character; lone halves become U+FFFD, since no file, database
 *  or page could keep them. */
export function cutText(text: string, max: number): string {
  const whole = text.toWellFormed()
  if (whole.length <= max) return whole
  const last = whole.charCodeAt(max - 1)
  const isHighSurrogate = last >= 0xd800 && last <= 0xdbff
  return whole.slice(0, isHighSurrogate ? max - 1 : max)
}
