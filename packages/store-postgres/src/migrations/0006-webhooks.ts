/**
 * Webhooks and the outbox of their deliveries: a row is written in the transaction of what it tells about. Runs and
 * workflow runs have many writers, so triggers write theirs; without a webhook that costs one look at an empty table
 * for a statement that makes runs, and for a run that ends.
 */
export const sql = `
create table webhook (
  id bigint generated always as identity primary key,
  webhook_id text not null unique,
  name text not null,
  description text,
  url text not null,
  events text[] not null,
  secret bytea,
  status text not null default 'ACTIVE' check (status in ('ACTIVE', 'DISABLED')),
  lifecycle_stage text not null default 'active' check (lifecycle_stage in ('active', 'deleted')),
  creation_time bigint not null,
  last_update_time bigint not null
);
create table webhook_delivery (
  id bigint generated always as identity primary key,
  delivery_id text not null unique default gen_random_uuid()::text,
  webhook_id bigint not null references webhook on delete cascade,
  event text not null,
  payload text not null,
  created_at timestamptz not null default clock_timestamp(),
  attempts int not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  last_error text,
  state text not null default 'pending' check (state in ('pending', 'delivered', 'failed'))
);
create index webhook_delivery_due on webhook_delivery (due_at) where state = 'pending';
create index webhook_delivery_webhook on webhook_delivery (webhook_id, id);
create function enqueue_webhook_event(entity text, action text, data json) returns void language sql as $function$
  insert into webhook_delivery (webhook_id, event, payload)
  select id, entity || '.' || action, json_build_object(
    'entity', entity, 'action', action,
    'timestamp', to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), 'data', data)::text
  from webhook
  where status = 'ACTIVE' and lifecycle_stage = 'active' and entity || '.' || action = any(events)
$function$;
create function run_event_data(run run) returns json language sql as $function$
  select json_build_object('run_id', run.run_id, 'experiment_id', run.experiment_id::text, 'run_name', run.name,
    'user_id', run.user_id, 'status', run.status, 'start_time', run.start_time, 'end_time', run.end_time)
$function$;
create function on_runs_created() returns trigger language plpgsql as $function$
begin
  if exists (select from webhook where 'run.created' = any(events)) then
    perform enqueue_webhook_event('run', 'created', run_event_data(run))
    from run join made on made.id = run.id order by run.id;
  end if;
  return null;
end $function$;
create trigger runs_created after insert on run
  referencing new table as made for each statement execute function on_runs_created();
create function on_run_finished() returns trigger language plpgsql as $function$
begin
  if exists (select from webhook where 'run.finished' = any(events)) then
    perform enqueue_webhook_event('run', 'finished', run_event_data(new));
  end if;
  return null;
end $function$;
create trigger run_finished after update on run for each row
  when (new.status in ('FINISHED', 'FAILED', 'KILLED') and old.status in ('RUNNING', 'SCHEDULED'))
  execute function on_run_finished();
create function on_workflow_run_event() returns trigger language plpgsql as $function$
begin
  if exists (select from webhook where 'workflow_run.' || tg_argv[0] = any(events)) then
    perform enqueue_webhook_event('workflow_run', tg_argv[0], json_build_object(
      'workflow_run_id', new.workflow_run_id, 'run_id', new.run_id, 'experiment_id', new.experiment_id::text,
      'name', new.name, 'target', new.target, 'state', new.state, 'reason', new.reason, 'user_id', new.user_id));
  end if;
  return null;
end $function$;
create trigger workflow_run_created after insert on workflow_run for each row
  execute function on_workflow_run_event('created');
create trigger workflow_run_finished after update on workflow_run for each row
  when (new.ended_at is not null and old.ended_at is null)
  execute function on_workflow_run_event('finished');
`
