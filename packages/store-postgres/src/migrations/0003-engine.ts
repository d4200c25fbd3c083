/**
 * Workflow runs, steps, attempts, outbox. The database guards the states: an end time exists exactly in a
 * terminal state, a terminal state is left only by a retry, which raises `round`.
 *
 * Rows here change state several times a second, so no index names `state` or `lease_until`, not in a predicate
 * either: with room in the page (fillfactor) such an update touches no index at all.
 */
export const sql = `
create sequence attempt_fence;
create table workflow_run (
  id bigint generated always as identity primary key,
  workflow_run_id text not null unique,
  run_id text not null references run (run_id),
  experiment_id int not null references experiment,
  state text not null,
  round int not null default 1,
  reason text,
  target text not null check (target in ('workflow', 'entry_point')),
  name text not null,
  source jsonb not null,
  spec jsonb not null,
  -- Not jsonb: the order of the names is part of the command.
  parameters json not null,
  environment_manager text,
  build_image boolean not null default false,
  priority int not null default 0,
  labels text[] not null default '{}',
  user_id text not null default '',
  open_steps int not null check (open_steps >= 0),
  created_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  ended_at timestamptz,
  constraint workflow_run_state check (
    state in ('QUEUED', 'RUNNING', 'PAUSED', 'CANCELLING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED')),
  constraint workflow_run_end check (
    (ended_at is not null) = (state in ('SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED')))
) with (fillfactor = 70);
create index workflow_run_open on workflow_run (id) where ended_at is null;
create index workflow_run_experiment on workflow_run (experiment_id, id desc);
create table step_run (
  id bigint generated always as identity primary key,
  workflow_run_id bigint not null references workflow_run on delete cascade,
  key text not null,
  position int not null,
  entry_point text not null,
  parameters jsonb not null,
  retry jsonb not null,
  timeout_ms bigint,
  state text not null check (state in (
    'BLOCKED', 'READY', 'RUNNING', 'BACKOFF', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED', 'UPSTREAM_FAILED')),
  reason text,
  pending_needs int not null check (pending_needs >= 0),
  cell_count int not null check (cell_count >= 1),
  open_cells int not null check (open_cells between 0 and cell_count),
  backoff_cells int not null default 0 check (backoff_cells between 0 and open_cells),
  unique (workflow_run_id, key)
) with (fillfactor = 70);
create table step_edge (
  step_run_id bigint not null references step_run on delete cascade,
  needs_step_run_id bigint not null references step_run on delete cascade,
  primary key (step_run_id, needs_step_run_id)
);
create index step_edge_needs on step_edge (needs_step_run_id);
create table step_cell (
  id bigint generated always as identity primary key,
  step_run_id bigint not null references step_run on delete cascade,
  workflow_run_id bigint not null references workflow_run on delete cascade,
  cell_index int not null,
  matrix json not null default '{}',
  state text not null check (state in (
    'BLOCKED', 'READY', 'RUNNING', 'BACKOFF', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'CANCELLED', 'UPSTREAM_FAILED')),
  reason text,
  user_attempts int not null default 0,
  infrastructure_attempts int not null default 0,
  promoted_run_id text,
  not_before timestamptz,
  constraint step_cell_backoff check ((not_before is not null) = (state = 'BACKOFF')),
  unique (step_run_id, cell_index)
) with (fillfactor = 70);
create index step_cell_workflow_run on step_cell (workflow_run_id);
create index step_cell_not_before on step_cell (not_before) where not_before is not null;
create table attempt (
  id bigint generated always as identity primary key,
  attempt_id text not null unique,
  step_cell_id bigint not null references step_cell on delete cascade,
  workflow_run_id bigint not null references workflow_run on delete cascade,
  number int not null check (number >= 1),
  state text not null,
  dispatch_seq int not null default 0,
  fence bigint,
  worker_id text,
  lease_until timestamptz,
  is_cancel_requested boolean not null default false,
  -- Deferred: one statement makes the run and names it here, in whichever order Postgres takes its parts.
  run_id text references run (run_id) deferrable initially deferred,
  end_code text,
  reason text,
  exit_code int,
  queued_at timestamptz not null default clock_timestamp(),
  dispatched_at timestamptz,
  started_at timestamptz,
  ended_at timestamptz,
  last_line int not null default 0,
  log_bytes bigint not null default 0,
  unique (step_cell_id, number),
  constraint attempt_state check (state in (
    'QUEUED', 'LEASED', 'PREPARING', 'EXECUTING', 'FINALIZING',
    'SUCCEEDED', 'FAILED', 'INFRA_FAILED', 'TIMED_OUT', 'CANCELLED', 'LOST')),
  constraint attempt_end check (
    (ended_at is not null) = (state in ('SUCCEEDED', 'FAILED', 'INFRA_FAILED', 'TIMED_OUT', 'CANCELLED', 'LOST'))),
  constraint attempt_lease check (
    (lease_until is not null) = (state in ('LEASED', 'PREPARING', 'EXECUTING', 'FINALIZING'))),
  constraint attempt_fence check (fence is not null or state in ('QUEUED', 'CANCELLED'))
) with (fillfactor = 70);
-- One current attempt per cell, whatever the code does.
create unique index attempt_current on attempt (step_cell_id) where ended_at is null;
create index attempt_workflow_run on attempt (workflow_run_id);
create index attempt_queued on attempt (queued_at) where fence is null and ended_at is null;
create index attempt_leased on attempt (worker_id) where fence is not null and ended_at is null;
create table attempt_log (
  attempt_id bigint not null references attempt on delete cascade,
  first_line int not null,
  streams text[] not null,
  times bigint[] not null,
  texts text[] not null,
  primary key (attempt_id, first_line)
);
create table outbox (
  id bigint generated always as identity primary key,
  attempt_id text not null,
  dispatch_seq int not null,
  created_at timestamptz not null default clock_timestamp()
);
-- No foreign key: a log, whose rows are written with the rows that they are about.
create table workflow_event (
  id bigint generated always as identity primary key,
  workflow_run_id bigint not null,
  at timestamptz not null default clock_timestamp(),
  subject text not null,
  subject_id text not null,
  state text not null,
  reason text
);
create index workflow_event_run on workflow_event (workflow_run_id, id);
create table worker (
  worker_id text primary key,
  host text not null,
  pid int not null,
  concurrency int not null,
  started_at timestamptz not null default clock_timestamp(),
  last_seen_at timestamptz not null default clock_timestamp()
);
create table idempotency_key (
  key text primary key,
  request_hash text not null,
  workflow_run_id bigint not null references workflow_run on delete cascade,
  created_at timestamptz not null default clock_timestamp()
);
create function refuse_transition() returns trigger language plpgsql as $$
begin
  raise exception '% % has ended as %, it cannot become %', tg_table_name, old.id, old.state, new.state
    using errcode = 'check_violation';
end $$;
create trigger workflow_run_absorbs before update on workflow_run for each row
  when (old.ended_at is not null and new.state <> old.state and new.round <= old.round)
  execute function refuse_transition();
create trigger attempt_absorbs before update on attempt for each row
  when (old.ended_at is not null and new.state <> old.state)
  execute function refuse_transition();
`
