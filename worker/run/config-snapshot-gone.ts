import { LetterboxError } from '../../job/letterbox-error.ts'

/** The config that a run was planned with is no longer in the store. */
export class ConfigSnapshotGone extends LetterboxError {
  readonly code = 'CONFIG_SNAPSHOT_GONE'
  readonly fault = 'theirs'

  constructor(digest: string) {
    super(`the config that this run was planned with (${digest.slice(0, 12)}) is no longer kept`, {
      hint: 'Start it anew with `letterbox trigger`, which plans it with the config of today.',
    })
  }
}
