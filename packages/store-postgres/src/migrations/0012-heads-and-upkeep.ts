/**
 * The indexed part of a param's or tag's value is a column: an index alone then answers a condition on it, where one on
 * an expression has to look at every row. Queues are small tables of which nearly all rows are dead: their index is
 * walked over those that no vacuum has taken yet. Compaction leaves dead chunks, whose arrays are most of the store.
 */
export const sql = `
alter table run_param add column head text collate "C" not null generated always as (left(value, 250)) stored;
alter table run_tag add column head text collate "C" not null generated always as (left(value, 250)) stored;
drop index run_param_value;
create index run_param_value on run_param (experiment_id, key_id, head, run_id);
drop index run_tag_value;
create index run_tag_value on run_tag (experiment_id, key_id, head, run_id);
drop statistics run_param_key_value;
create statistics run_param_key_value (mcv) on key_id, head from run_param;
drop statistics run_tag_key_value;
create statistics run_tag_key_value (mcv) on key_id, head from run_tag;
alter table run_unsettled set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table outbox set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
alter table metric_chunk set (autovacuum_vacuum_scale_factor = 0.02);
`
