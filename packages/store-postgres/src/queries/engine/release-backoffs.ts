import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'
import { queueAttempts } from './queue-attempts.ts'
import { transact } from './transaction.ts'

const MAX_WORKFLOW_RUNS = 100

/** Queues the attempts whose backoff has passed; answers their workflow runs, once per attempt. */
export const releaseBackoffs = (db: Kysely<Database>): Promise<string[]> =>
  transact(db, async (trx) => {
    const held = await sql<{ id: number }>`
      select workflow_run.id from workflow_run
      where workflow_run.id in (select workflow_run_id from step_cell where not_before <= clock_timestamp())
      order by workflow_run.id
      limit ${MAX_WORKFLOW_RUNS}
      for no key update skip locked`.execute(trx)
    if (held.rows.length === 0) return []
    const released = await sql<{ workflow_run_id: string }>`
      with ready as (
        update step_cell set state = 'READY', not_before = null
        where workflow_run_id = any(${held.rows.map(({ id }) => id)}::bigint[]) and state = 'BACKOFF'
          and not_before <= clock_timestamp()
        returning id, workflow_run_id, step_run_id
      ),
      steps as (
        update step_run set backoff_cells = backoff_cells - due.cells,
          state = case when state = 'BACKOFF' then 'READY' else state end
        from (select step_run_id, count(*)::int as cells from ready group by step_run_id) due
        where step_run.id = due.step_run_id
      ),
      ${queueAttempts}
      select workflow_run.workflow_run_id
      from queued join workflow_run on workflow_run.id = queued.workflow_run_id`.execute(trx)
    return released.rows.map(({ workflow_run_id }) => workflow_run_id)
  })
