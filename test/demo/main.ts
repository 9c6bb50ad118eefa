import { MachineIncomplete } from '../support/machine.ts'
import { holdDemo, keepDemo, stopDemo } from './keep.ts'
import { DemoFailed, Interrupted, play } from './play.ts'
import { buildStage, type Stage } from './stage.ts'
import { type Terminal, terminal } from './terminal.ts'

/* `npm run demo`: the whole main job on real parts. `-- --keep` leaves it running, `-- --stop` ends that. */

const [mode = '', ...rest] = process.argv.slice(2)
const voice = { silent: false }
const show = terminal((line) => voice.silent || console.log(line), hasColor())

if (rest.length > 0 || !['', '--keep', '--stop', '--hold'].includes(mode)) {
  console.error('usage: npm run demo [-- --keep | --stop]')
  process.exitCode = 2
} else if (mode === '--keep') process.exitCode = await keepDemo(hasColor())
else if (mode === '--stop') process.exitCode = await stopDemo(show)
else process.exitCode = await perform(mode === '--hold')

async function perform(hold: boolean): Promise<number> {
  const started = performance.now()
  const stopped = signalled()
  show.title('Letterbox demo: push → build → test → mail → registry → pull')
  let stage: Stage | null = null
  let code = 0
  try {
    stage = await buildStage((line) => show.dim(line))
    await Promise.race([play(stage, show), stopped.then(interrupted)])
    if (hold) await holdDemo(stage, show, stopped)
  } catch (error) {
    explain(error, stage, show)
    code = error instanceof Interrupted ? 130 : 1
    voice.silent = true
  }
  await stage?.close()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  if (!hold && code === 0) show.good(`all of it in ${seconds} s; nothing is left behind`)
  return code
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })
}

function interrupted(): never {
  throw new Interrupted('interrupted')
}

function explain(error: unknown, stage: Stage | null, show: Terminal): void {
  if (error instanceof DemoFailed || error instanceof MachineIncomplete) show.bad(error.message)
  else show.bad(error instanceof Error ? (error.stack ?? error.message) : String(error))
  if (stage === null || error instanceof Interrupted) return
  show.line('the worker said last:')
  show.sheet(stage.letterbox.worker().output().slice(-3000))
}

function hasColor(): boolean {
  if (process.env.NO_COLOR) return false
  return process.stdout.isTTY === true || process.env.LETTERBOX_DEMO_COLOR === '1'
}
