/**
 * Reads of runs without joins, and writes without upkeep: a writer leaves points, params and tags and marks the run
 * unsettled; settling (docs/decisions/0012) folds the points into `run_metric` and keeps the run's data as JSON text.
 * The tables that take most rows lose their foreign keys, which cost a statement a row: writers hold the run's row
 * lock, and who deletes a run deletes these rows first. Arrays of points and documents are not compressed: it
 * takes longer than writing and reading them. Runs leave room in their pages, so that an update of one touches no index.
 */
export const sql = `
alter table metric_chunk drop constraint metric_chunk_run_id_fkey, drop constraint metric_chunk_key_id_fkey;
alter table run_metric drop constraint run_metric_run_id_fkey, drop constraint run_metric_key_id_fkey;
alter table run_param drop constraint run_param_run_id_fkey, drop constraint run_param_key_id_fkey;
alter table run_tag drop constraint run_tag_run_id_fkey, drop constraint run_tag_key_id_fkey;
alter table metric_chunk
  alter column key_ids set storage external, alter column steps set storage external,
  alter column timestamps set storage external, alter column vals set storage external;
alter table metric_chunk set (toast_tuple_target = 8160);
alter table run set (fillfactor = 80);
alter table run add column settled_chunk bigint not null default 0;
create table run_unsettled (
  run_id bigint primary key,
  experiment_id int not null
);
create index run_unsettled_experiment on run_unsettled (experiment_id, run_id);
create table run_document (
  run_id bigint primary key,
  data text not null,
  inputs text,
  outputs text
);
alter table run_document alter column data set storage external;
alter table run_document set (toast_tuple_target = 8160);
`
