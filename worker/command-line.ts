import { parseArgs } from 'node:util'

export type CommandLine = { config: string; data: string; once: boolean }

/** `--config FILE` (LETTERBOX_CONFIG, config/config.yaml), `--data DIR` (LETTERBOX_DATA, ./data), `--once`.
 *  @throws TypeError with what is wrong, for an unknown option */
export function readCommandLine(args: string[], env: NodeJS.ProcessEnv): CommandLine {
  const { values } = parseArgs({
    args,
    options: { config: { type: 'string' }, data: { type: 'string' }, once: { type: 'boolean', default: false } },
  })
  return {
    config: values.config ?? env.LETTERBOX_CONFIG ?? 'config/config.yaml',
    data: values.data ?? env.LETTERBOX_DATA ?? 'data',
    once: values.once,
  }
}
