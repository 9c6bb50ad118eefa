import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

type Program = { program: string; package: string; why: string }

/** All that the demo and the tests use of the machine, and the Debian and Ubuntu packages that bring it. */
const PROGRAMS = {
  dockerd: { program: 'dockerd', package: 'docker.io', why: 'Docker Engine' },
  iproute: { program: 'ip', package: 'iproute2', why: 'a bridge for the test engine' },
  registry: { program: 'docker-registry', package: 'docker-registry', why: 'the private registry' },
  htpasswd: { program: 'htpasswd', package: 'apache2-utils', why: "the registry's users" },
  busybox: { program: 'busybox', package: 'busybox-static', why: 'the base image' },
  git: { program: 'git', package: 'git', why: 'the repositories' },
  openssl: { program: 'openssl', package: 'openssl', why: 'the certificates' },
  skopeo: { program: 'skopeo', package: 'skopeo', why: 'looking into the registry from outside' },
  ssh: { program: 'ssh', package: 'openssh-client', why: 'git over ssh' },
  sshd: { program: 'sshd', package: 'openssh-server', why: 'git over ssh' },
  compose: { program: 'docker-compose', package: 'docker-compose', why: 'the server around the worker' },
  nginx: { program: 'nginx', package: 'nginx-light', why: 'the reverse proxy of sites' },
} as const satisfies Record<string, Program>
export type ProgramName = keyof typeof PROGRAMS

export const DEMO_PROGRAMS: ProgramName[] = ['iproute', 'registry', 'htpasswd', 'busybox', 'git', 'openssl']
export const TEST_PROGRAMS: ProgramName[] = [...DEMO_PROGRAMS, 'skopeo', 'ssh', 'sshd', 'nginx', 'compose']

/** Installs what is missing when this is root on Debian or Ubuntu; elsewhere names the packages.
 *  @throws MachineIncomplete when something is missing and cannot be installed */
export function prepareMachine(names: ProgramName[], engineAnswers: boolean, say: (line: string) => void): void {
  const wanted: ProgramName[] = engineAnswers ? names : ['dockerd', ...names]
  const missing = wanted.map((name): Program => PROGRAMS[name]).filter(({ program }) => !isInstalled(program))
  if (missing.length === 0) return
  const packages = [...new Set(missing.map((one) => one.package))]
  for (const one of missing) say(`missing: ${one.program} (${one.why}), from the package ${one.package}`)
  if (!hasApt()) throw new MachineIncomplete(packages, 'this is not Debian or Ubuntu')
  if (process.getuid?.() !== 0) throw new MachineIncomplete(packages, 'only root may install them')
  install(packages, say)
  const still = missing.filter(({ program }) => !isInstalled(program))
  if (still.length > 0) throw new MachineIncomplete(packages, `apt-get brought no ${still[0]?.program}`)
}

export class MachineIncomplete extends Error {
  constructor(packages: string[], reason: string) {
    super(
      `missing programs, and ${reason}.\n` +
        `Please install these packages (their Debian and Ubuntu names): ${packages.join(' ')}\n` +
        `  on Debian or Ubuntu: sudo apt-get install --no-install-recommends ${packages.join(' ')}`,
    )
    this.name = 'MachineIncomplete'
  }
}

function isInstalled(program: string): boolean {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin', '/bin']
  return folders.some((folder) => folder !== '' && isExecutable(join(folder, program)))
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}

function hasApt(): boolean {
  if (!isInstalled('apt-get') || !existsSync('/etc/os-release')) return false
  return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(readFileSync('/etc/os-release', 'utf8'))
}

function install(packages: string[], say: (line: string) => void): void {
  say(`apt-get update, then apt-get install ${packages.join(' ')} (no service is started by this)`)
  withoutStartingServices(() => {
    apt(['-qq', 'update'])
    apt(['-qq', '-y', '--no-install-recommends', '-o', 'Dpkg::Use-Pty=0', 'install', ...packages])
  })
  if (packages.includes('docker-registry') && existsSync('/run/systemd/system'))
    spawnSync('systemctl', ['disable', '--quiet', 'docker-registry'], { stdio: 'inherit' })
}

/** Debian starts a service when its package arrives: a registry open to the world is nobody's wish.
 *  @see invoke-rc.d(8) "policy-rc.d": 101 means, the action is forbidden */
function withoutStartingServices(work: () => void): void {
  const policy = '/usr/sbin/policy-rc.d'
  const ours = !existsSync(policy)
  if (ours) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  try {
    work()
  } finally {
    if (ours) rmSync(policy)
  }
}

function apt(args: string[]): void {
  const ended = spawnSync('apt-get', args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (ended.status === 0) return
  const lines = `${ended.stdout}${ended.stderr}`.trim().split('\n').slice(-15).join('\n')
  throw new Error(`apt-get ${args.join(' ')} failed (exit code ${ended.status}):\n${lines}`)
}
