import type { ChildProcess } from 'node:child_process'

/** Kills the child when this process ends first, be it by a crash of a test: nothing is left behind. */
export function endWithUs<C extends ChildProcess>(child: C): C {
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  child.once('exit', () => process.off('exit', kill))
  return child
}
