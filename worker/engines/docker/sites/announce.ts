import { randomUUID } from 'node:crypto'
import type Dockerode from 'dockerode'
import { containerLabels } from '../container-labels.ts'
import { reach } from '../reach.ts'
import { removeContainer } from '../remove-container.ts'

/** Lets everybody who watches the engine look again: a container is started that ends at once. docker-gen, and with it
 *  nginx-proxy, hears of containers that start and end, and by default not of one that joins a network. The engine's own
 *  small init is the only program that runs in it; nothing of the image does, and it is in no network.
 *  @see docker-gen README, `-event-filter` */
export async function announce(docker: Dockerode, { instance, imageId }: { instance: string; imageId: string }) {
  const run = `announce-${randomUUID().slice(0, 8)}`
  const container = await reach(() =>
    docker.createContainer({
      name: `letterbox-${run}-0-site`,
      Image: imageId,
      Entrypoint: ['/letterbox-announces-a-site'],
      Cmd: [],
      Labels: containerLabels(instance, { run, step: 0, repository: '' }),
      HostConfig: { Init: true, NetworkMode: 'none', LogConfig: { Type: 'none', Config: {} } },
    }),
  )
  try {
    await reach(() => container.start())
    await reach(() => container.wait())
  } finally {
    await removeContainer(docker, container.id)
  }
}
