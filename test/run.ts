import { type ChildProcess, spawn } from 'node:child_process'
import { globSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { BASE_IMAGE, baseImage } from './support/base-image.ts'
import { type Counts, NO_COUNTS, summaryLines, sumOf } from './support/counts.ts'
import { findEngine, startEngine, type TestEngine } from './support/engine.ts'
import { added, type EngineContents, engineContents, leftProcesses } from './support/left-behind.ts'
import { MachineIncomplete, prepareMachine, TEST_PROGRAMS } from './support/machine.ts'
import { clearTmp, makeOwnTmp } from './support/own-tmp.ts'

/* `npm test`: prepares the machine, runs the tiers with node's test runner, then looks for what they left behind. */

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const TIERS = ['unit', 'contract', 'e2e'] as const
type Tier = (typeof TIERS)[number]
type TierEnd = { tier: Tier; files: number; seconds: number; budget: number; counts: Counts; passed: boolean }

/** seconds on an idle machine; longer is said, not punished */
const BUDGET: Record<Tier, number> = { unit: 15, contract: 60, e2e: 600 }
/** a tier that takes this long hangs */
const LIMIT_MS = 20 * 60_000

const say = (line: string) => console.log(`▸ ${line}`)
const chosen = chooseFiles(process.argv.slice(2))
const wanted = TIERS.filter((tier) => chosen[tier] !== null)
const folder = makeOwnTmp('lbx-test-', say)
type Life = {
  running: ChildProcess | null
  engine: TestEngine | null
  removeBase: () => Promise<void>
  interrupted: boolean
}
const life: Life = { running: null, engine: null, removeBase: async () => {}, interrupted: false }

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    life.interrupted = true
    life.running?.kill('SIGTERM')
  })

try {
  process.exitCode = await main()
} catch (error) {
  console.error(error instanceof MachineIncomplete ? error.message : error)
  process.exitCode = 1
} finally {
  clearTmp(folder, say)
  await life.removeBase()
  await life.engine?.stop()
}
if (life.interrupted) process.exitCode = 130

async function main(): Promise<number> {
  const before = await prepare()
  // TMPDIR of everything below: what lies or lives in it afterwards was left behind
  process.env.TMPDIR = folder
  // the programs are started hundreds of times
  process.env.NODE_COMPILE_CACHE ??= join(ROOT, 'node_modules/.cache/node-compile')
  const ends: TierEnd[] = []
  for (const tier of wanted) if (!life.interrupted) ends.push(await runTier(tier))
  const leaks = before === null ? leftHere() : [...leftHere(), ...(await leftInEngine(before))]
  report(ends, leaks)
  return leaks.length === 0 && ends.length === wanted.length && ends.every((end) => end.passed) ? 0 : 1
}

/** Unit tests use nothing real; the others find one shared engine at DOCKER_HOST. */
async function prepare(): Promise<EngineContents | null> {
  if (wanted.every((tier) => tier === 'unit')) return null
  const found = await findEngine()
  prepareMachine(TEST_PROGRAMS, found !== null, say)
  if (!wanted.includes('e2e')) return null
  const engine = found ?? (await startEngine(say))
  life.engine = engine
  process.env.DOCKER_HOST = engine.host
  const { Version, ApiVersion } = await engine.docker.version()
  say(`${engine.own ? 'started an own' : 'using the'} Docker Engine ${Version} (API ${ApiVersion}) at ${engine.host}`)
  // once for all files: none of them imports it again, or takes it away from another
  life.removeBase = await baseImage(engine.docker, BASE_IMAGE)
  return await engineContents(engine.docker)
}

async function runTier(tier: Tier): Promise<TierEnd> {
  const files = chosen[tier] ?? []
  const budget = BUDGET[tier]
  const started = performance.now()
  const none = { tier, files: 0, seconds: 0, budget, counts: NO_COUNTS, passed: true }
  say(`${tier}: ${files.length} files, at most ${budget} s`)
  if (files.length === 0) return none
  const countsFile = join(folder, `${tier}.counts.json`)
  const code = await runNodeTest(tier, files, countsFile)
  const counts = readCounts(countsFile)
  rmSync(countsFile, { force: true })
  const seconds = (performance.now() - started) / 1000
  return { ...none, files: files.length, seconds, counts, passed: code === 0 && counts.failed === 0 }
}

function runNodeTest(tier: Tier, files: string[], countsFile: string): Promise<number | null> {
  const args = [
    '--test',
    // unit tests share nothing and touch nothing: one process for all of them is twice as fast
    ...(tier === 'unit' ? ['--test-isolation=none'] : [`--test-concurrency=${availableParallelism()}`]),
    ...['--test-reporter=spec', '--test-reporter-destination=stdout'],
    ...['--test-reporter=./test/support/count-reporter.ts', `--test-reporter-destination=${countsFile}`],
  ]
  const child = spawn(process.execPath, [...args, ...files], { cwd: ROOT, stdio: ['ignore', 'inherit', 'inherit'] })
  life.running = child
  const limit = setTimeout(() => {
    say(`ending ${tier}: after ${LIMIT_MS / 60_000} minutes something still keeps a test file alive`)
    child.kill('SIGKILL')
  }, LIMIT_MS)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(limit)
      life.running = null
      resolve(code)
    })
  })
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { ...NO_COUNTS, failed: 1 }
  }
}

/** Processes and files of our TMPDIR. */
function leftHere(): string[] {
  const processes = leftProcesses(folder).map(({ pid, command }) => `process ${pid}: ${command}`)
  return [...processes, ...readdirSync(folder).map((name) => `in TMPDIR: ${name}`)]
}

async function leftInEngine(before: EngineContents): Promise<string[]> {
  const { engine } = life
  if (engine === null) return []
  const now = await engineContents(engine.docker)
  const containers = added(before.containers, now.containers)
  for (const [id] of containers) await engine.docker.getContainer(id).remove({ force: true, v: true })
  // images are what the runs are for; an own engine takes them along, in another's they are swept
  if (!engine.own)
    for (const [id] of added(before.images, now.images)) await engine.docker.getImage(id).remove({ force: true })
  return containers.map(([id, name]) => `container ${id.slice(0, 12)} ${name}`)
}

function report(ends: TierEnd[], leaks: string[]): void {
  console.log('\ntier       files  tests   fail   time')
  for (const { tier, files, seconds, counts, budget } of ends) {
    const cells = [files, counts.tests, counts.failed].map((cell, i) => String(cell).padStart(i === 0 ? 7 : 6))
    const late = seconds > budget ? `  over its budget of ${budget} s` : ''
    console.log(`${tier.padEnd(9)}${cells.join(' ')} ${seconds.toFixed(1).padStart(6)} s${late}`)
  }
  for (const leak of leaks) console.log(`✖ left behind: ${leak}`)
  if (leaks.length === 0) console.log('✔ nothing left behind: no process, no container, no file')
  console.log(`\n${summaryLines(sumOf(ends.map((end) => end.counts))).join('\n')}`)
}

/** By tier the files to run, null: not this tier. Without arguments all of them. */
function chooseFiles(args: string[]): Record<Tier, string[] | null> {
  const chosen: Record<Tier, string[] | null> = { unit: null, contract: null, e2e: null }
  for (const arg of args.length === 0 ? TIERS : args) {
    const tier = TIERS.find((one) => arg === one || arg.startsWith(`test/${one}/`))
    const files = tier === undefined ? [] : globSync(tier === arg ? `test/${tier}/**/*.test.ts` : arg, { cwd: ROOT })
    if (tier === undefined || (tier !== arg && files.length === 0)) {
      console.error(`no such tier or file: ${arg}. Usage: npm test [-- ${TIERS.join('|')}|test/…/*.test.ts …]`)
      process.exit(2)
    }
    chosen[tier] = [...new Set([...(chosen[tier] ?? []), ...files])].sort()
  }
  return chosen
}
