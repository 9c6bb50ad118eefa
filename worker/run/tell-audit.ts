import type { AuditAction } from '../../job/audit.ts'
import type { ExecuteRunDeps, Life } from './execute-run.ts'

/** Writes into the audit log what became of a run: who is behind it is whom the forge or the asking program named. */
export function tellAudit(
  { plan, run }: Pick<Life, 'plan' | 'run'>,
  action: Extract<AuditAction, 'secret-leaked' | 'secrets-withheld' | 'deployed'>,
  detail: string,
  deps: Pick<ExecuteRunDeps, 'store' | 'now'>,
): void {
  deps.store.keepAudit({
    at: deps.now().toISOString(),
    action,
    by: plan.event.sender?.login ?? plan.event.sender?.name ?? null,
    source: plan.source ?? 'webhook',
    repository: run.repository,
    run: run.id,
    job: run.job,
    detail,
  })
}
