import { hostname, userInfo } from 'node:os'

/** Who asks: `user@host`; with sudo the person, not root. */
export function who(env: Record<string, string | undefined>): string {
  return `${env.SUDO_USER ?? userInfo().username}@${hostname()}`.slice(0, 200)
}
