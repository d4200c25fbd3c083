/**
 * Rewrites the tables of experiments and runs. What an import needs: ids of MLflow's file store have 18 digits; a run
 * remembers the digest of what was imported, so that a repeat skips it; and no webhook hears of what is old.
 */
export const sql = `
alter table experiment alter column experiment_id type bigint;
alter table experiment_tag alter column experiment_id type bigint;
alter table experiment_permission alter column experiment_id type bigint;
alter table run alter column experiment_id type bigint;
alter table run_param alter column experiment_id type bigint;
alter table run_tag alter column experiment_id type bigint;
alter table run_metric alter column experiment_id type bigint;
alter table run_unsettled alter column experiment_id type bigint;
alter table dataset alter column experiment_id type bigint;
alter table logged_model alter column experiment_id type bigint;
alter table workflow_run alter column experiment_id type bigint;
create table imported_run (
  run_id bigint primary key references run on delete cascade,
  digest text not null
);
create or replace function on_runs_created() returns trigger language plpgsql as $function$
begin
  if current_setting('tidemill.importing', true) is distinct from 'on'
    and exists (select from webhook where 'run.created' = any(events)) then
    perform enqueue_webhook_event('run', 'created', run_event_data(run))
    from run join made on made.id = run.id order by run.id;
  end if;
  return null;
end $function$;
create or replace function on_run_finished() returns trigger language plpgsql as $function$
begin
  if current_setting('tidemill.importing', true) is distinct from 'on'
    and exists (select from webhook where 'run.finished' = any(events)) then
    perform enqueue_webhook_event('run', 'finished', run_event_data(new));
  end if;
  return null;
end $function$;
`
