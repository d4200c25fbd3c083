/** Datasets and logged models that a run used, and logged models that it made. */
export const sql = `
create table dataset (
  id bigint generated always as identity primary key,
  experiment_id int not null references experiment on delete cascade,
  name text not null,
  digest text not null,
  source_type text not null,
  source text not null,
  schema text,
  profile text,
  unique (experiment_id, name, digest)
);
create table run_dataset_input (
  run_id bigint not null,
  dataset_id bigint not null references dataset on delete cascade,
  seq int not null,
  tags json not null default '[]',
  context text,
  primary key (run_id, dataset_id)
);
create index run_dataset_input_dataset on run_dataset_input (dataset_id, run_id) include (context);
create table run_model_input (
  run_id bigint not null,
  model_id text not null,
  seq int not null,
  primary key (run_id, model_id)
);
create table run_model_output (
  run_id bigint not null,
  model_id text not null,
  step bigint not null default 0,
  seq int not null,
  primary key (run_id, model_id)
);
`
