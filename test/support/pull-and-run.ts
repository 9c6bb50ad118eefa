import { Writable } from 'node:stream'
import { TEST_LABEL } from './base-image.ts'
import type { TestEngine } from './engine.ts'
import type { TestRegistry } from './registry.ts'

/** What `docker pull` does with the registry's login; returns the digest that the engine then knows the image by. */
export async function pull(engine: TestEngine, registry: TestRegistry, reference: string): Promise<string> {
  const { username, password, address: serveraddress } = registry
  const progress = await engine.docker.pull(reference, { authconfig: { username, password, serveraddress } })
  await new Promise((resolve, reject) =>
    engine.docker.modem.followProgress(progress, (error, said) => (error ? reject(error) : resolve(said))),
  )
  const { RepoDigests } = await engine.docker.getImage(reference).inspect()
  const digest = RepoDigests.find((one) => one.startsWith(`${registry.address}/`))?.split('@')[1]
  if (digest === undefined) throw new Error(`the engine does not know the digest of ${reference}`)
  return digest
}

/** Runs the image's own command to its end. */
export async function runImage({ docker }: TestEngine, image: string): Promise<{ exitCode: number; output: string }> {
  const said: Buffer[] = []
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      said.push(chunk)
      done()
    },
  })
  const options = { HostConfig: { AutoRemove: true }, Labels: { [TEST_LABEL]: 'run-image' }, Tty: true }
  const [end] = await docker.run(image, [], stdout, options)
  return { exitCode: end.StatusCode, output: Buffer.concat(said).toString('utf8').replaceAll('\r', '') }
}
