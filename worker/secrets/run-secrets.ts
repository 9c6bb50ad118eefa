import { createSecretSearch, type NamedSecret, type SecretSearch } from '../../job/secret-search.ts'

export const CANARY_NAME = 'LETTERBOX_CANARY'

/** The secrets of one run, in one life of the worker: who may have them, which were handed out, how to find them. */
export type RunSecrets = {
  /** why the steps of this run get none; null when they may have theirs */
  readonly withheld: string | null
  /** a secret that opens nothing, handed to every step that gets others */
  readonly canary: string
  /** A step is given these: from now on all that leaves the run is searched. */
  hand(secrets: readonly NamedSecret[]): void
  /** The run has come to know this one (a login, a key): it is searched for too. */
  learn(secret: NamedSecret): void
  /** null while no step of the run was given any: then nothing needs to be searched */
  search(): SecretSearch | null
}

export function createRunSecrets(facts: { withheld: string | null; canary: string }): RunSecrets {
  const known = new Map<string, string>([[facts.canary, 'the canary']])
  let handed = false
  let search: SecretSearch | null = null

  function learn({ name, value }: NamedSecret): void {
    if (known.has(value)) return
    known.set(value, name)
    search = null
  }

  return {
    ...facts,
    learn,
    hand(secrets) {
      if (secrets.length > 0) handed = true
      for (const secret of secrets) learn(secret)
    },
    search() {
      if (!handed) return null
      search ??= createSecretSearch([...known].map(([value, name]) => ({ name, value })))
      return search
    },
  }
}
