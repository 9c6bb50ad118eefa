import type { Command } from 'commander'
import pc from 'picocolors'
import { createProgram } from '../../../cli/program.ts'

/** The command line as it is, with commands that do nothing: to hold a call against its options and arguments. */
export function silentProgram(print: (text: string) => void = () => {}): Command {
  const program = createProgram({
    print,
    complain: print,
    colors: pc.createColors(false),
    errorColors: pc.createColors(false),
    columns: null,
    env: {},
    now: () => new Date(0),
    exit: () => {},
  })
  program.commands.forEach(silence)
  return program
}

function silence(command: Command): void {
  if (command.commands.length === 0) command.action(() => {})
  command.commands.forEach(silence)
}
