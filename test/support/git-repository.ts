import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { execa } from 'execa'

/** A bare repository on a test server, and a working copy beside it through which tests write history. */
export type TestRepository = {
  /** the bare repository's folder */
  folder: string
  /** the working copy that writes it; any git command may be run here by `git(...)` */
  worktree: string
  /** address to clone from, without credentials */
  url: string
  /** Commits files (null deletes one, a `link:` value makes a symbolic link) on a branch and pushes it. Returns the commit id. */
  commit(commit: TestCommit): Promise<string>
  /** Tags a commit (default: where HEAD is) and pushes the tag; with a message the tag is annotated. */
  tag(name: string, options?: { message?: string; commit?: string; force?: boolean }): Promise<TestTag>
  /** Moves a branch anywhere, forward or not. */
  forcePush(branch: string, commit: string): Promise<void>
  /** Deletes a full ref (`refs/heads/x`). */
  delete(ref: string): Promise<void>
  /** The object id that a ref of the bare repository holds. */
  resolve(ref: string): Promise<string>
  /** Runs git in the working copy and returns its trimmed output. */
  git(...args: string[]): Promise<string>
}

export type TestCommit = {
  files: Record<string, string | null>
  message?: string
  branch?: string
  /** full id of the parent to start from; default: the branch's tip, or main's, or none */
  from?: string
  author?: { name: string; email: string }
}

/** `object` is what a forge puts into `after` for an annotated tag. */
export type TestTag = { commit: string; object: string }

const DEFAULT_AUTHOR = { name: 'Ada Pusher', email: 'ada@example.com' }

/** Makes `<name>.git` (bare, open for pushes over http) in a folder of bare repositories. */
export async function createTestRepository(root: string, name: string, url: string): Promise<TestRepository> {
  const folder = join(root, 'bare', `${name}.git`)
  const worktree = join(root, 'worktrees', name)
  await mkdir(folder, { recursive: true })
  await mkdir(worktree, { recursive: true })
  await gitIn(folder, ['init', '--quiet', '--bare', '--initial-branch=main'])
  await gitIn(folder, ['config', 'http.receivepack', 'true'])
  await gitIn(worktree, ['init', '--quiet', '--initial-branch=main'])
  const git = (...args: string[]) => gitIn(worktree, args)
  const resolve = (ref: string) => gitIn(folder, ['rev-parse', '--verify', '--end-of-options', ref])
  const push = (refspec: string) => git('push', '--quiet', '--force', folder, refspec)
  return {
    folder,
    worktree,
    url,
    git,
    resolve,
    async commit({ files, message = 'change', branch = 'main', from, author = DEFAULT_AUTHOR }) {
      const tip = (name: string) => resolve(`refs/heads/${name}`).catch(() => null)
      await startFrom(from ?? (await tip(branch)) ?? (await tip('main')), git)
      for (const [path, content] of Object.entries(files)) await put(worktree, path, content, git)
      const identity = ['-c', `user.name=${author.name}`, '-c', `user.email=${author.email}`]
      await git(...identity, 'commit', '--quiet', '--allow-empty', '--no-verify', '-m', message)
      await push(`+HEAD:refs/heads/${branch}`)
      return git('rev-parse', 'HEAD')
    },
    async tag(tagName, { message, commit = 'HEAD', force = false } = {}) {
      const identity = ['-c', `user.name=${DEFAULT_AUTHOR.name}`, '-c', `user.email=${DEFAULT_AUTHOR.email}`]
      const kind = message === undefined ? [] : ['-a', '-m', message]
      await git(...identity, 'tag', ...(force ? ['--force'] : []), ...kind, tagName, commit)
      await push(`+refs/tags/${tagName}:refs/tags/${tagName}`)
      const object = await resolve(`refs/tags/${tagName}`)
      return { object, commit: await resolve(`refs/tags/${tagName}^{commit}`) }
    },
    forcePush: async (branch, commit) => void (await push(`+${commit}:refs/heads/${branch}`)),
    delete: async (ref) => void (await push(`:${ref}`)),
  }
}

type Git = (...args: string[]) => Promise<string>

async function startFrom(parent: string | null, git: Git): Promise<void> {
  if (parent !== null) {
    await git('checkout', '--quiet', '--force', '--detach', parent)
    return
  }
  await git('checkout', '--quiet', '--force', '--orphan', 'fresh')
  await git('rm', '-r', '--quiet', '--force', '--ignore-unmatch', '.')
}

async function put(worktree: string, path: string, content: string | null, git: Git): Promise<void> {
  const file = join(worktree, path)
  if (content === null) {
    await git('rm', '--quiet', '--', path)
    return
  }
  if (content.startsWith('link:')) {
    await putLink(path, content.slice('link:'.length), git)
    return
  }
  await mkdir(dirname(file), { recursive: true })
  await rm(file, { force: true })
  const mode = content.startsWith('#!') ? 0o755 : 0o644
  await writeFile(file, content, { mode })
  await git('add', '--force', '--', path)
}

async function putLink(path: string, target: string, git: Git): Promise<void> {
  const worktree = await git('rev-parse', '--show-toplevel')
  const { stdout } = await execa('git', ['hash-object', '-w', '--stdin'], { cwd: worktree, input: target, env: ENV })
  await git('update-index', '--add', '--cacheinfo', `120000,${stdout.trim()},${path}`)
}

const ENV = { GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: '/dev/null', GIT_TERMINAL_PROMPT: '0', LANG: 'C.UTF-8' }

async function gitIn(cwd: string, args: string[]): Promise<string> {
  const { stdout } = await execa('git', args, { cwd, env: ENV })
  return stdout.trim()
}
