import { stringify } from 'yaml'
import { parseConfig } from '../../config/load.ts'
import type { Answers } from './answers.ts'
import { configText } from './server-files.ts'

/** What an existing config lacks of what setup would have written: it is never changed, the operator is told. */
export function configHints(text: string, file: string, answers: Answers): string[] {
  const there = parseConfig(text, file)
  if (there.kind === 'refused') return [`${file} is refused: 'letterbox check ${file}' says why.`]
  const wanted = parseConfig(configText(answers), file)
  if (wanted.kind === 'refused') throw new Error(`setup wrote a config that is refused: ${JSON.stringify(wanted)}`)
  const { server, registries, repositories } = there.config
  const missing: object[] = []
  const { url, trustedProxies } = wanted.config.server
  if (server.url !== url) missing.push({ server: { url } })
  if (trustedProxies.some((network) => !server.trustedProxies.includes(network))) {
    missing.push({ server: { trustedProxies } })
  }
  const hasRegistry = Object.values(registries).some(({ address }) => address === answers.host)
  if (answers.registry && !hasRegistry) missing.push({ registries: wanted.config.registries })
  if (answers.repository !== null && !Object.hasOwn(repositories, answers.repository)) {
    missing.push({ repositories: { [answers.repository]: { secret: '…', triggers: '…' } } })
  }
  return missing.map((part) => `${file} is yours and was not changed; to add:\n${indent(stringify(part))}`)
}

const indent = (text: string): string => text.trimEnd().replaceAll(/^/gm, '    ')
