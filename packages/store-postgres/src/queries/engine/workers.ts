import type { WorkerInfo } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../../tables/database.ts'

/** Workers that died without a goodbye are listed for this long. */
const KEEP_SILENT_WORKERS = sql`interval '1 day'`

/** A worker that registers again starts afresh. */
export const registerWorker = async (
  db: Kysely<Database>,
  worker: Pick<WorkerInfo, 'workerId' | 'host' | 'pid' | 'concurrency'>,
): Promise<void> => {
  await sql`
    with forgotten as (
      delete from worker
      where last_seen_at < clock_timestamp() - ${KEEP_SILENT_WORKERS} and worker_id <> ${worker.workerId}
    )
    insert into worker (worker_id, host, pid, concurrency)
    values (${worker.workerId}, ${worker.host}, ${worker.pid}, ${worker.concurrency})
    on conflict (worker_id) do update set host = excluded.host, pid = excluded.pid,
      concurrency = excluded.concurrency, started_at = clock_timestamp(), last_seen_at = clock_timestamp()`.execute(db)
}

export const removeWorker = async (db: Kysely<Database>, workerId: string): Promise<void> => {
  await db.deleteFrom('worker').where('worker_id', '=', workerId).execute()
}

/** Forgets every worker but these, for who knows that no other one lives. */
export const removeOtherWorkers = async (db: Kysely<Database>, workerIds: readonly string[]): Promise<void> => {
  await sql`delete from worker where worker_id <> all(${[...workerIds]}::text[])`.execute(db)
}

/** The longest running first. */
export const listWorkers = async (db: Kysely<Database>, leaseMs: number): Promise<WorkerInfo[]> => {
  const result = await sql<WorkerInfo>`
    select worker.worker_id as "workerId", worker.host, worker.pid, worker.concurrency,
      (extract(epoch from worker.started_at) * 1000)::bigint as "startedAt",
      (extract(epoch from worker.last_seen_at) * 1000)::bigint as "lastSeenAt",
      worker.last_seen_at > clock_timestamp() - ${leaseMs} * interval '1 ms' as "isAlive",
      coalesce((
        select json_agg(json_build_object('attemptId', attempt.attempt_id,
          'workflowRunId', workflow_run.workflow_run_id, 'stepKey', step_run.key, 'state', attempt.state)
          order by attempt.started_at, attempt.id)
        from attempt
        join step_cell on step_cell.id = attempt.step_cell_id
        join step_run on step_run.id = step_cell.step_run_id
        join workflow_run on workflow_run.id = attempt.workflow_run_id
        where attempt.worker_id = worker.worker_id and attempt.fence is not null and attempt.ended_at is null
      ), '[]') as attempts
    from worker
    order by worker.started_at, worker.worker_id`.execute(db)
  return result.rows
}

/** Of these attempts, the ones that have not ended and belong to a worker. */
export const findLiveAttempts = async (
  db: Kysely<Database>,
  attemptIds: readonly string[],
): Promise<ReadonlySet<string>> => {
  const rows = await db
    .selectFrom('attempt')
    .where(sql<boolean>`attempt_id = any(${[...attemptIds]}::text[])`)
    // A lease past its time may be renewed until the sweeper has ended it.
    .where('lease_until', 'is not', null)
    .select('attempt_id')
    .execute()
  return new Set(rows.map(({ attempt_id }) => attempt_id))
}
