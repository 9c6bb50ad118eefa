/** One thing that setup wants to be so. Paths are those of the server, before `--root`. */
export type Wanted =
  | { kind: 'folder'; path: string; mode: number; gid: number }
  /** `keep`: once it is there it is the operator's, and is never written again */
  | { kind: 'file'; path: string; mode: number; gid: number; keep: boolean; text: () => string | Promise<string> }
  | { kind: 'link'; path: string; target: string }
  | { kind: 'group'; name: string; gid: number }
  | { kind: 'user'; name: string }
  | { kind: 'data'; path: string; webGid: number }
  /** a program of the project; `proof` is the file that says that it has been done, `makes` what goes when it is taken back */
  | { kind: 'program'; command: string[]; proof: string; makes: string }

/** A line for people. */
export function describeWanted(wanted: Wanted): string {
  const { kind } = wanted
  if (kind === 'folder') return `folder ${wanted.path} (${octal(wanted.mode)}, group ${wanted.gid})`
  if (kind === 'file') return `file ${wanted.path} (${octal(wanted.mode)}, group ${wanted.gid})`
  if (kind === 'link') return `link ${wanted.path} → ${wanted.target}`
  if (kind === 'group') return `group ${wanted.name} (${wanted.gid})`
  if (kind === 'user') return `user ${wanted.name}`
  if (kind === 'data') return `data folder ${wanted.path} (spool writable for group ${wanted.webGid})`
  if (kind === 'program') return `run ${wanted.command.join(' ')}`
  return kind satisfies never
}

const octal = (mode: number): string => mode.toString(8).padStart(4, '0')
