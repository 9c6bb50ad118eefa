import { LetterboxError } from '../../job/letterbox-error.ts'

/** `mail.smtp.url` cannot be used. The message never holds the URL: there is a password in it. */
export class SmtpUrlInvalid extends LetterboxError {
  readonly code = 'SMTP_URL_INVALID'
  readonly fault = 'theirs'
  constructor(problem: string) {
    super(`the address in mail.smtp.url cannot be used: ${problem}`, {
      hint: 'Write smtp://user:password@host:587 or smtps://user:password@host:465, special characters percent-encoded.',
    })
  }
}

/** The server does not answer, breaks off, or says "not now": nothing was decided about any mail. */
export class SmtpUnavailable extends LetterboxError {
  readonly code = 'SMTP_UNAVAILABLE'
  readonly fault = 'ours'
  constructor(server: string, problem: string) {
    super(`the SMTP server ${server} is not available: ${problem}`, {
      hint: 'Mails wait and are tried again for three days. Look whether the server runs and mail.smtp.url names it.',
    })
  }
}

export class SmtpAuthFailed extends LetterboxError {
  readonly code = 'SMTP_AUTH_FAILED'
  readonly fault = 'theirs'
  constructor(server: string, problem: string) {
    super(`the SMTP server ${server} refuses the login: ${problem}`, {
      hint: 'Check user and password in mail.smtp.url, percent-encoded. Mails wait and are tried again for three days.',
    })
  }
}

/** MAIL FROM was refused: true for every mail, so all of them wait. */
export class SenderRefused extends LetterboxError {
  readonly code = 'MAIL_SENDER_REFUSED'
  readonly fault = 'theirs'
  constructor(server: string, problem: string) {
    super(`the SMTP server ${server} refuses the sender: ${problem}`, {
      hint: 'Set mail.from to an address that this server may send for, or log in with mail.smtp.url.',
    })
  }
}

/** This address, for good (5xx). */
export class RecipientRefused extends LetterboxError {
  readonly code = 'MAIL_RECIPIENT_REFUSED'
  readonly fault = 'theirs'
  constructor(recipient: string, problem: string) {
    super(`the mail server refuses the recipient ${recipient}: ${problem}`, {
      hint: 'Correct the address in mail.to, or take it out; this mail is not tried again.',
    })
  }
}

/** This mail, for good (5xx after its content was seen). */
export class MessageRefused extends LetterboxError {
  readonly code = 'MAIL_MESSAGE_REFUSED'
  readonly fault = 'theirs'
  constructor(recipient: string, problem: string) {
    super(`the mail server refuses the mail to ${recipient}: ${problem}`, {
      hint: 'Ask who runs the mail server for the reason (size, spam filter, sender policy); this mail is not tried again.',
    })
  }
}

/** This mail, for now (4xx): greylisting, a full mailbox. */
export class MailDeferred extends LetterboxError {
  readonly code = 'MAIL_DEFERRED'
  readonly fault = 'ours'
  constructor(recipient: string, problem: string) {
    super(`the mail server does not take the mail to ${recipient} yet: ${problem}`, {
      hint: 'It is tried again for three days.',
    })
  }
}

/** What the store holds is no mail of ours. */
export class MailUnreadable extends LetterboxError {
  readonly code = 'MAIL_UNREADABLE'
  readonly fault = 'ours'
  constructor(id: string, problem: string) {
    super(`the mail ${id} in the outbox cannot be read: ${problem}`, {
      hint: 'It was written by another version of Letterbox or is damaged; this mail is not tried again.',
    })
  }
}

/** Mails wait, and the config no longer says how to send them. */
export class MailNotConfigured extends LetterboxError {
  readonly code = 'MAIL_NOT_CONFIGURED'
  readonly fault = 'theirs'
  constructor() {
    super('mails wait in the outbox, but the config has no mail section', {
      hint: 'Put mail.smtp.url and mail.from back into the config. Mails wait for three days.',
    })
  }
}
