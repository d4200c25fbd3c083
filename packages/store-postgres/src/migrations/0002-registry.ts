/** Registered models, their versions, and the logged models of MLflow 3. */
export const sql = `
create table registered_model (
  id int generated always as identity primary key,
  name text not null unique check (length(name) between 1 and 256),
  description text not null default '',
  last_version int not null default 0,
  creation_time bigint not null,
  last_update_time bigint not null
);
create table registered_model_tag (
  model_id int not null references registered_model on delete cascade,
  key text not null,
  value text not null,
  primary key (model_id, key)
);
create table model_version (
  id bigint generated always as identity primary key,
  model_id int not null references registered_model on delete cascade,
  version int not null,
  stage text not null default 'None'
    check (stage in ('None', 'Staging', 'Production', 'Archived', 'Deleted_Internal')),
  description text not null default '',
  source text not null,
  storage_location text not null,
  run_id text,
  run_link text,
  status text not null default 'READY',
  status_message text,
  user_id text,
  creation_time bigint not null,
  last_update_time bigint not null,
  unique (model_id, version)
);
create index model_version_stage on model_version (model_id, stage, version desc);
create index model_version_run on model_version (run_id);
create table model_version_tag (
  model_version_id bigint not null references model_version on delete cascade,
  key text not null,
  value text not null,
  primary key (model_version_id, key)
);
create table registered_model_alias (
  model_id int not null references registered_model on delete cascade,
  alias text not null,
  version int not null,
  primary key (model_id, alias),
  foreign key (model_id, version) references model_version (model_id, version) on delete cascade
);
create table logged_model (
  id bigint generated always as identity primary key,
  model_id text not null unique,
  experiment_id int not null references experiment on delete cascade,
  name text not null,
  artifact_uri text not null,
  status text not null default 'PENDING' check (status in ('PENDING', 'READY', 'UPLOAD_FAILED')),
  status_message text,
  model_type text,
  source_run_id text,
  lifecycle_stage text not null default 'active' check (lifecycle_stage in ('active', 'deleted')),
  creation_time bigint not null,
  last_update_time bigint not null
);
create index logged_model_newest on logged_model (experiment_id, lifecycle_stage, creation_time desc, id);
create index logged_model_source_run on logged_model (source_run_id);
create table logged_model_param (
  model_id bigint not null references logged_model on delete cascade,
  key text not null,
  value text not null,
  primary key (model_id, key)
);
create table logged_model_tag (
  model_id bigint not null references logged_model on delete cascade,
  key text not null,
  value text not null,
  primary key (model_id, key)
);
create table logged_model_metric (
  model_id bigint not null references logged_model on delete cascade,
  run_id text not null,
  key_id int not null references entity_key,
  step bigint not null,
  timestamp bigint not null,
  value float8 not null,
  dataset_name text,
  dataset_digest text,
  primary key (model_id, key_id, timestamp, step, run_id)
);
`
