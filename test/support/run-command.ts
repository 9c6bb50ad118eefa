import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { LETTERBOX } from './program.ts'

export type CommandEnd = { code: number | null; stdout: string; stderr: string }

/** Any command of `letterbox` as a process of its own, with nothing of our environment but where programs are. */
export async function runCommand(
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<CommandEnd> {
  const { PATH, HOME } = process.env
  const env = { PATH, HOME, TZ: 'UTC', ...options.env }
  const child = spawn(LETTERBOX, args, { env, cwd: options.cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)])
  return { code, stdout, stderr }
}
