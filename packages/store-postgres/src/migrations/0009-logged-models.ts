/**
 * Clients look up a run's models by name with every `runs:/` URI that they load, and read a model's points in the
 * order in which they were logged.
 */
export const sql = `
create index logged_model_name on logged_model (experiment_id, name);
alter table logged_model_metric add column seq bigint generated always as identity;
`
