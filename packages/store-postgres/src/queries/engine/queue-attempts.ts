import { sql } from 'kysely'

/**
 * CTEs that make the next attempt of every cell in the CTE `ready (id, workflow_run_id)` of the same statement, its
 * ticket in the outbox and its event. `queued` has one row per attempt.
 */
export const queueAttempts = sql`
  queued as (
    insert into attempt (attempt_id, step_cell_id, workflow_run_id, number, state, dispatch_seq)
    select 'a-' || replace(gen_random_uuid()::text, '-', ''), ready.id, ready.workflow_run_id,
      1 + coalesce((select max(earlier.number) from attempt earlier where earlier.step_cell_id = ready.id), 0),
      'QUEUED', 1
    from ready
    order by ready.id
    returning attempt_id, workflow_run_id, dispatch_seq
  ),
  ticketed as (
    insert into outbox (attempt_id, dispatch_seq) select attempt_id, dispatch_seq from queued
  ),
  queued_event as (
    insert into workflow_event (workflow_run_id, subject, subject_id, state)
    select workflow_run_id, 'attempt', attempt_id, 'QUEUED' from queued
  )`
