import Docker from 'dockerode'
import { type Check, fail, ok, wordsOf } from './check.ts'

const NAME = 'engine'

export async function checkEngine(limitMs: number): Promise<Check> {
  try {
    const { Version, ApiVersion } = await new Docker({ timeout: limitMs }).version()
    return ok(NAME, `Docker Engine ${Version} (API ${ApiVersion})`)
  } catch (error) {
    return fail(
      NAME,
      `the Docker Engine does not answer: ${wordsOf(error)}`,
      'Install and start it (Debian, Ubuntu: apt-get install docker.io), or set DOCKER_HOST; run the doctor as root.',
    )
  }
}
