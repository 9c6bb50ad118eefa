import { execa } from 'execa'

export type ServiceNotifier = { ready(): void; stopping(): void; close(): void }

type Deps = {
  env: NodeJS.ProcessEnv
  pid: number
  log: { warn(facts: object, message: string): void }
}

/** Tells systemd, when it started us, that we are ready, that we live, and that we stop. Node.js has no unix datagrams, so
 *  systemd-notify(1) sends them, which the unit allows with NotifyAccess=all. Elsewhere it does nothing.
 *  @see sd_notify(3), sd_watchdog_enabled(3) */
export function createServiceNotifier(deps: Deps): ServiceNotifier {
  const { NOTIFY_SOCKET, WATCHDOG_USEC, PATH } = deps.env
  let timer: NodeJS.Timeout | null = null
  if (!NOTIFY_SOCKET) return { ready: () => {}, stopping: () => {}, close: () => {} }

  async function tell(...words: string[]): Promise<void> {
    const { failed, shortMessage } = await execa('systemd-notify', [`--pid=${deps.pid}`, ...words], {
      env: { PATH, NOTIFY_SOCKET },
      extendEnv: false,
      stdin: 'ignore',
      reject: false,
      timeout: 10_000,
    })
    if (failed) deps.log.warn({ problem: shortMessage }, 'systemd could not be told how the worker is')
  }

  return {
    ready() {
      void tell('--ready', '--status=ready')
      // half of the limit, as the manual page asks
      const everyMs = Number(WATCHDOG_USEC) / 2000
      if (everyMs >= 1) timer = setInterval(() => void tell('WATCHDOG=1'), everyMs)
      timer?.unref()
    },
    stopping() {
      void tell('STOPPING=1')
    },
    close() {
      if (timer) clearInterval(timer)
    },
  }
}
