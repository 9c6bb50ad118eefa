import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Run } from '../../job/run.ts'
import { ADA, githubPush } from '../support/delivery.ts'
import type { CaughtMail } from '../support/mail-catcher.ts'
import { pull, runImage } from '../support/pull-and-run.ts'
import { followRun, secondsBetween } from './follow-run.ts'
import { SHOP, type Stage } from './stage.ts'
import type { Terminal } from './terminal.ts'

const SHOP_FILES = fileURLToPath(new URL('shop/', import.meta.url))

/** The main job before your eyes, then a push that breaks the tests. @throws when anything is not as promised */
export async function play(stage: Stage, show: Terminal): Promise<void> {
  introduce(stage, show)

  show.act('1 · a commit is pushed, the forge tells Letterbox')
  const files = Object.fromEntries(
    readdirSync(SHOP_FILES).map((name) => [name, readFileSync(join(SHOP_FILES, name), 'utf8')]),
  )
  const first = await pushAndFollow(stage, show, files, 'Open the shop')
  expect(first.state === 'succeeded', `the run ${first.state}: ${first.reason}`)
  await showMail(stage, show, first, 1)
  const digest = await pullAndRun(stage, show, first)

  show.act('4 · the next push breaks a price: its tests fail')
  const second = await pushAndFollow(
    stage,
    show,
    { 'prices.csv': 'loaf,540\ncoffee,520\nhoney,1275\n' },
    'Raise the price of bread',
  )
  expect(second.state === 'failed', `a failing test did not fail the run: it ${second.state}`)
  await showMail(stage, show, second, 2)
  const kept = await pull(stage.engine, stage.registry, latest(stage))
  expect(kept === digest, 'the failed run changed what the registry holds')
  show.good(`nothing was pushed: ${latest(stage)} is still ${short(digest)}`)
}

function introduce(stage: Stage, show: Terminal): void {
  const { engine, git, registry, mail, letterbox } = stage
  show.fact('engine', `${engine.own ? 'an own Docker Engine' : 'the Docker Engine'} at ${engine.host}`)
  show.fact('git', `${git.url}/${SHOP}.git`)
  show.fact('registry', `${registry.url}  (htpasswd, TLS by a local CA)`)
  show.fact('mail', mail.url)
  show.fact('webhook', `${letterbox.url()}  (pid ${letterbox.webhook().pid})`)
  show.fact('worker', `listens on nothing  (pid ${letterbox.worker().pid})`)
  show.fact('config', letterbox.configFile)
  for (const line of stage.configText.trimEnd().split('\n')) show.dim(`  ${line}`)
}

async function pushAndFollow(
  stage: Stage,
  show: Terminal,
  files: Record<string, string>,
  message: string,
): Promise<Run> {
  const { shop, letterbox, git } = stage
  const before = await shop.resolve('refs/heads/main').catch(() => null)
  const commit = await shop.commit({ files, message, author: { name: ADA.name, email: ADA.email } })
  show.line(`${ADA.name} pushes ${commit.slice(0, 12)} "${message}" to main`)
  const posted = performance.now()
  const delivery = githubPush({
    forge: git.url,
    path: SHOP,
    secret: stage.secret,
    ref: 'refs/heads/main',
    commit,
    before,
    message,
    changedFiles: Object.keys(files),
  })
  const { status, body } = await letterbox.post(delivery)
  const took = (performance.now() - posted).toFixed(0)
  show.line(`POST ${letterbox.url()}/hooks, signed  →  ${status} ${JSON.stringify(body)}  (${took} ms)`)
  expect(status === 202 && typeof body.job === 'string', 'the delivery was not accepted')
  show.line()
  const run = await followRun(stage, show, String(body.job))
  const ended = `run #${run.number} ${run.state}${secondsBetween(run.startedAt, run.finishedAt)}`
  const reason = run.reason === null ? '' : `: ${run.reason}`
  if (run.state === 'succeeded') show.good(`${ended}${reason}`)
  else show.bad(`${ended}${reason}`)
  return run
}

async function showMail(stage: Stage, show: Terminal, run: Run, act: number): Promise<void> {
  show.act(act === 1 ? '2 · the pusher gets a mail' : '5 · the mail shows the failing lines')
  const mail = await stage.mail.waitForMail(isAbout(run), 30_000)
  show.sheet(`From: ${mail.from}\nTo: ${mail.to.join(', ')}\nSubject: ${mail.subject}\n\n${mail.text}`)
  expect(mail.to.includes(ADA.email), `the mail went to ${mail.to.join(', ')}, not to ${ADA.email}`)
}

function isAbout(run: Run) {
  return (mail: CaughtMail) => mail.subject.includes(`#${run.number}`)
}

/** As another machine would do it: nothing of the image is here before. */
async function pullAndRun(stage: Stage, show: Terminal, run: Run): Promise<string> {
  show.act('3 · another machine pulls the image from the registry and runs it')
  const built = run.steps.find((step) => step.outputs.imageId !== null)?.outputs.imageId
  if (built) await stage.engine.docker.getImage(built).remove({ force: true })
  show.line('the local image is removed')
  const reference = latest(stage)
  const digest = await pull(stage.engine, stage.registry, reference)
  const pushed = run.steps.find((step) => step.outputs.digest !== null)?.outputs.digest
  show.good(`docker pull ${reference}  →  ${short(digest)}`)
  expect(digest === pushed, `the registry gives ${digest}, and the run pushed ${pushed}`)
  show.line(`docker run ${reference}`)
  const { exitCode, output } = await runImage(stage.engine, reference)
  show.sheet(output)
  expect(exitCode === 0, `the image ended with exit code ${exitCode}`)
  return digest
}

function latest(stage: Stage): string {
  return `${stage.registry.address}/${SHOP}:latest`
}

function short(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 16)
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new DemoFailed(otherwise)
}

export class DemoFailed extends Error {}

/** The reader has seen enough. */
export class Interrupted extends DemoFailed {}
