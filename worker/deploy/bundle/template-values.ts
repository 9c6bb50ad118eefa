import type { BundlePlace } from '../aws-port.ts'
import { authentication } from './dockerrun.ts'

export type ContainerOptions = {
  ports: (number | string)[]
  volumes: string[]
  logging: string | null
}

/** What the templates in deploy-templates/elastic-beanstalk/ may say. */
export function templateValues(
  options: ContainerOptions,
  image: string | null,
  credentials: BundlePlace | null,
): object {
  const ports = options.ports.map(readPort)
  const volumes = options.volumes.map((text) => {
    const [host = '', container = ''] = text.split(':')
    return { host, container }
  })
  const logs = options.logging === null ? [] : [`\${EB_LOG_BASE_DIR}/app:${options.logging}`]
  return {
    image,
    logging: options.logging,
    authentication: credentials && {
      v1: authentication('1', credentials).Authentication,
      v3: authentication('3', credentials).Authentication,
    },
    dockerrun: {
      ports: ports.map(({ host, container }) => ({
        ContainerPort: container,
        ...(host !== null && { HostPort: host }),
      })),
      volumes: orNothing(
        volumes.map(({ host, container }) => ({ HostDirectory: host, ContainerDirectory: container })),
      ),
    },
    // where nothing stands before the container, the requests come in at port 80
    compose: {
      ports: ports.map(({ host, container }, index) => `${host ?? (index === 0 ? 80 : container)}:${container}`),
      volumes: orNothing([...options.volumes, ...logs]),
    },
  }
}

function readPort(port: number | string): { host: number | null; container: number } {
  const [first = 0, second = null] = String(port).split(':').map(Number)
  return second === null ? { host: null, container: first } : { host: first, container: second }
}

function orNothing<T>(list: T[]): T[] | null {
  return list.length === 0 ? null : list
}
