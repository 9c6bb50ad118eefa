import { createServer, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { listen } from './listen.ts'

/** `messageId` as the mail itself says it. */
export type SunkMail = { to: string; messageId: string }

export type MailSink = { url: string; mails(): SunkMail[]; close(): void }

/** The least of an SMTP server: takes every mail and keeps who got which. @see RFC 5321 */
export async function openMailSink(): Promise<MailSink> {
  const mails: SunkMail[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy())
    converse(socket, (mail) => mails.push(mail))
  })
  const port = await listen(server)
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: () => [...mails],
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

function converse(socket: Socket, keep: (mail: SunkMail) => void): void {
  const say = (line: string) => socket.write(`${line}\r\n`)
  let to = ''
  let mail: SunkMail | null = null
  say('220 selftest ESMTP')
  createInterface({ input: socket }).on('line', (line) => {
    if (mail === null) obey(line)
    else read(mail, line)
  })

  function obey(command: string): void {
    const verb = command.slice(0, 4).toUpperCase()
    if (verb === 'RCPT') to = /<([^>]*)>/.exec(command)?.[1] ?? ''
    if (verb === 'DATA') mail = { to, messageId: '' }
    say({ DATA: '354 go on', QUIT: '221 bye' }[verb] ?? '250 ok')
    if (verb === 'QUIT') socket.end()
  }

  function read(coming: SunkMail, line: string): void {
    coming.messageId ||= /^Message-ID:\s*(\S+)/i.exec(line)?.[1] ?? ''
    if (line !== '.') return
    keep(coming)
    mail = null
    say('250 taken')
  }
}
