import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type Docker from 'dockerode'
import { type ProgramImage, programImage } from '../program-image.ts'

const NODE = fileURLToPath(new URL('../../../node_modules/node/bin/node', import.meta.url))
const PROXY = fileURLToPath(new URL('proxy.ts', import.meta.url))
const COMPOSE_FILE = fileURLToPath(new URL('../../../docker-compose.yml', import.meta.url))
const DOCKERFILE = fileURLToPath(new URL('../../../Dockerfile', import.meta.url))

/** Puts images under the very names that Dockerfile and docker-compose.yml use into the engine: programs of this
 *  machine, started as the published images start theirs. Returns what takes them away. */
export async function composeImages(docker: Docker): Promise<() => Promise<void>> {
  const removes: (() => Promise<void>)[] = []
  for (const image of standIns()) removes.push(await programImage(docker, image))
  return async () => {
    for (const remove of removes) await remove()
  }
}

function standIns(): ProgramImage[] {
  const node = { 'usr/local/bin/node': NODE }
  const path = 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  return [
    { reference: nameIn(DOCKERFILE, /^FROM (node:\S+)$/m), programs: node, config: [path, 'CMD ["node"]'] },
    {
      reference: nameIn(COMPOSE_FILE, /image: (registry:\S+)/),
      programs: { 'bin/registry': '/usr/bin/docker-registry' },
      files: { 'entrypoint.sh': REGISTRY_ENTRYPOINT },
      folders: ['var/lib/registry'],
      config: [path, 'ENTRYPOINT ["/entrypoint.sh"]', 'CMD ["/etc/docker/registry/config.yml"]'],
    },
    {
      reference: nameIn(COMPOSE_FILE, /image: (nginxproxy\/nginx-proxy:\S+)/),
      programs: { ...node, 'usr/sbin/nginx': '/usr/sbin/nginx' },
      files: { 'app/proxy.ts': readFileSync(PROXY, 'utf8'), 'app/package.json': '{"type":"module"}' },
      folders: ['etc/nginx/conf.d', 'etc/nginx/vhost.d', 'usr/share/nginx/html', 'var/log/nginx', 'var/lib/nginx'],
      config: [path, 'CMD ["node", "/app/proxy.ts"]'],
    },
    {
      reference: nameIn(COMPOSE_FILE, /image: (nginxproxy\/acme-companion:\S+)/),
      programs: { 'usr/bin/openssl': '/usr/bin/openssl' },
      files: { 'usr/lib/ssl/openssl.cnf': readFileSync('/etc/ssl/openssl.cnf', 'utf8') },
      config: [path, 'CMD ["sleep", "infinity"]'],
    },
  ]
}

/** As the published image's: arguments that are a file are the config, words are commands of the registry. */
const REGISTRY_ENTRYPOINT = `#!/bin/sh
case "$1" in
*.yaml|*.yml|'') set -- registry serve "$@" ;;
serve|garbage-collect|help|-*) set -- registry "$@" ;;
esac
exec "$@"
`

function nameIn(file: string, pattern: RegExp): string {
  const name = pattern.exec(readFileSync(file, 'utf8'))?.[1]
  if (name === undefined) throw new Error(`no ${pattern} in ${file}`)
  return name
}
