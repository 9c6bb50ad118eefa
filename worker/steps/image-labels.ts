import type { StepContext } from './executor.ts'

/** Labels that tell where an image comes from. @see OCI image specification, "Pre-Defined Annotation Keys" */
export function imageLabels(
  { run, facts }: Pick<StepContext, 'run' | 'facts'>,
  source: { commit: string; repositoryUrl: string },
): Record<string, string> {
  const { tag, branch } = facts.event
  const version = tag?.replace(/^v/, '') ?? branch
  return {
    'org.opencontainers.image.revision': source.commit,
    'org.opencontainers.image.source': source.repositoryUrl,
    'org.opencontainers.image.created': run.startedAt ?? run.queuedAt,
    ...(version !== null && { 'org.opencontainers.image.version': version }),
    'dev.letterbox.run': run.id,
  }
}
