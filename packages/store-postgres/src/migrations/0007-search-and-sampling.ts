/**
 * Values of params and tags are indexed bytewise: that is the order of `order_by`, and LIKE with a fixed start becomes
 * a range. The planner learns how often a key has a value: '0.1' is rare among all params and common in a learning
 * rate. Sorted chunks get their points once more as one value that can be read in slices: an element of an array
 * costs the whole array.
 */
export const sql = `
drop index run_param_value;
create index run_param_value on run_param (experiment_id, key_id, (left(value, 250) collate "C"), run_id);
drop index run_tag_value;
create index run_tag_value on run_tag (experiment_id, key_id, (left(value, 250) collate "C"), run_id);
create statistics run_param_key_value (mcv) on key_id, (left(value, 250)) from run_param;
create statistics run_tag_key_value (mcv) on key_id, (left(value, 250)) from run_tag;
alter table metric_chunk add column step_count int, add column step_stride bigint, add column packed bytea;
alter table metric_chunk alter column packed set storage external;
`
