import type { QueueInfo } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'

/** What waits, and for what: attempts for a worker or a resume, cells for their backoff or the steps they need. */
export const getQueue = async (db: Kysely<Database>): Promise<QueueInfo> => {
  const result = await sql<{
    queued: number
    paused: number
    backoff: number
    blocked: number
    oldest_queued_at: number | null
  }>`
    with waiting as (
      select attempt.queued_at, workflow_run.state = 'PAUSED' as is_paused
      from attempt join workflow_run on workflow_run.id = attempt.workflow_run_id
      where attempt.fence is null and attempt.ended_at is null
    )
    select (select count(*)::int from waiting where not is_paused) as queued,
      (select count(*)::int from waiting where is_paused) as paused,
      (select count(*)::int from step_cell where not_before is not null) as backoff,
      (select count(*)::int from workflow_run join step_cell on step_cell.workflow_run_id = workflow_run.id
        where workflow_run.ended_at is null and step_cell.state = 'BLOCKED') as blocked,
      (select (extract(epoch from min(queued_at)) * 1000)::bigint from waiting where not is_paused)
        as oldest_queued_at`.execute(db)
  const row = result.rows[0]
  if (row === undefined) throw new Error('The queue query answered no row')
  const counts = (['queued', 'backoff', 'blocked', 'paused'] as const).map((reason) => ({ reason, count: row[reason] }))
  return {
    depth: row.queued,
    ...(row.oldest_queued_at === null ? {} : { oldestQueuedAt: row.oldest_queued_at }),
    waiting: counts.filter(({ count }) => count > 0),
  }
}
