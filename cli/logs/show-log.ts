import type { Run } from '../../job/run.ts'
import type { Cli } from '../cli.ts'
export async function showLog(
  _cli: Cli,
  _view: { run: Run; step: number | null; data: string; json: boolean; follow: boolean },
): Promise<void> {}
