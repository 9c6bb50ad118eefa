import { type Fault, LetterboxError } from './letterbox-error.ts'

/** No room for another job file: the forge should send the delivery again later. */
export class SpoolFull extends LetterboxError {
  readonly code = 'SPOOL_FULL'
  readonly fault: Fault = 'ours'
  readonly folder: string

  constructor(folder: string, options: { cause?: unknown } = {}) {
    super(`There is no room left in the spool ${folder}.`, {
      hint: 'Free space (or raise the quota) on the disk of the data folder; deliveries are refused with 503 until then.',
      ...options,
    })
    this.folder = folder
  }
}

const UNWRITABLE_HINTS: { [errno: string]: string } = {
  EROFS: 'The spool is mounted read-only: mount it read-write into the web container.',
  EACCES: 'Give the web program’s group write access to spool/tmp and spool/new: start the worker once as root.',
  EPERM: 'Give the web program’s group write access to spool/tmp and spool/new: start the worker once as root.',
  ENOENT: 'Start the worker once with the same --data folder: it makes the spool.',
  EMFILE: 'The program has too many open files: raise its limit (LimitNOFILE, ulimit -n).',
  ENFILE: 'The machine has too many open files: raise fs.file-max.',
  EXDEV: 'spool/tmp and spool/new must be one mount: mount the folder spool as a whole.',
}

/** A job file could not be written for another reason than a full disk. */
export class SpoolUnwritable extends LetterboxError {
  readonly code = 'SPOOL_UNWRITABLE'
  readonly fault: Fault = 'ours'
  readonly folder: string
  readonly errno: string

  constructor(folder: string, errno: string, options: { cause?: unknown } = {}) {
    super(`A job file cannot be written into the spool ${folder} (${errno}).`, {
      hint: UNWRITABLE_HINTS[errno] ?? 'Check the disk and the mount of the data folder (dmesg, letterbox doctor).',
      ...options,
    })
    this.folder = folder
    this.errno = errno
  }
}

/** A folder of the spool itself, or the way out of it, failed: worth a retry. Never thrown for what a job file holds. */
export class SpoolUnreadable extends LetterboxError {
  readonly code = 'SPOOL_UNREADABLE'
  readonly fault: Fault = 'ours'
  readonly folder: string
  readonly errno: string

  constructor(folder: string, errno: string, options: { cause?: unknown } = {}) {
    super(`Job files cannot be taken out of ${folder} (${errno}).`, {
      hint: 'Check that the data folder is there, mounted and writable for the worker, and that its disk is not full.',
      ...options,
    })
    this.folder = folder
    this.errno = errno
  }
}

/** The delivery is too large to cross the hatch. */
export class JobFileTooLarge extends LetterboxError {
  readonly code = 'JOB_FILE_TOO_LARGE'
  readonly fault: Fault = 'theirs'
  readonly bytes: number

  constructor(bytes: number, maxBytes: number) {
    super(`The job file would have ${bytes} bytes; at most ${maxBytes} are allowed.`, {
      hint: 'The delivery is too large: push fewer refs or commits at once.',
    })
    this.bytes = bytes
  }
}
