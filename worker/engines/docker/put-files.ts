import { PassThrough, pipeline } from 'node:stream'
import type Dockerode from 'dockerode'
import { pack } from 'tar-fs'
import type { RunRequest } from '../engine.ts'
import { ContainerRefused } from '../engine-errors.ts'
import { engineAnswer, reach } from './reach.ts'

/** Lays files into a container that has not begun: they stand in its own layer, which goes with it, and neither in the
 *  image nor in `docker inspect`. Owner is the container's user where that is a number or root, mode 0400; the name of a
 *  user means nothing outside the image, so for one the file is 0444: only this container's processes see it. */
export async function putFiles(docker: Dockerode, id: string, request: RunRequest): Promise<void> {
  const container = docker.getContainer(id)
  const { Config } = await reach(() => container.inspect())
  const owner = ownerOf(Config.User)
  const tar = new PassThrough()
  const archive = pack('/', {
    entries: [],
    finalize: false,
    finish(files) {
      for (const [path, content] of Object.entries(request.files)) {
        files.entry({ name: path.replace(/^\/+/, ''), ...owner, mtime: new Date() }, content)
      }
      files.finalize()
    },
  })
  pipeline(archive, tar, () => {})
  try {
    await reach(() => container.putArchive(tar, { path: '/' }))
  } catch (error) {
    const answer = engineAnswer(error)
    throw answer ? new ContainerRefused(`its files cannot be put: ${answer.message}`, error) : error
  }
}

function ownerOf(user: string): { uid: number; gid: number; mode: number } {
  const [name = '', group = ''] = user.split(':')
  if (name === '' || name === 'root') return { uid: 0, gid: 0, mode: 0o400 }
  if (!/^\d+$/.test(name)) return { uid: 0, gid: 0, mode: 0o444 }
  return { uid: Number(name), gid: /^\d+$/.test(group) ? Number(group) : 0, mode: 0o400 }
}
