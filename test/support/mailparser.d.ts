/** mailparser ships no types; this is the part of it that the mail catcher uses. */
declare module 'mailparser' {
  type Address = { address?: string; name: string }
  type AddressList = { value: Address[]; text: string }
  export type ParsedMail = {
    subject?: string
    text?: string
    html?: string | false
    messageId?: string
    inReplyTo?: string
    references?: string | string[]
    date?: Date
    from?: AddressList
    to?: AddressList | AddressList[]
    headers: Map<string, unknown>
    headerLines: { key: string; line: string }[]
    attachments: { filename?: string; contentType: string; content: Uint8Array }[]
  }
  export function simpleParser(source: Uint8Array, options?: { skipTextToHtml?: boolean }): Promise<ParsedMail>
}
