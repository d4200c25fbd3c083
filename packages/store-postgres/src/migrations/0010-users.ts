/**
 * Users and what they may do. `version` grows with every change that must end what is remembered of a user.
 *
 * A workflow run that a user submitted keeps who it was, and what users without a permission of their own may do: a
 * worker then knows what its steps may read, on whichever server they were submitted.
 */
export const sql = `
create table account (
  user_id int generated always as identity primary key,
  username text not null unique check (length(username) between 1 and 255),
  password_hash text not null,
  is_admin boolean not null default false,
  version int not null default 1
);
create table experiment_permission (
  user_id int not null references account on delete cascade,
  experiment_id int not null references experiment on delete cascade,
  permission text not null check (permission in ('READ', 'EDIT', 'MANAGE', 'NO_PERMISSIONS')),
  primary key (user_id, experiment_id)
);
create index experiment_permission_experiment on experiment_permission (experiment_id);
create table registered_model_permission (
  user_id int not null references account on delete cascade,
  model_id int not null references registered_model on delete cascade,
  permission text not null check (permission in ('READ', 'EDIT', 'MANAGE', 'NO_PERMISSIONS')),
  primary key (user_id, model_id)
);
create index registered_model_permission_model on registered_model_permission (model_id);
alter table workflow_run add column submitter_id int references account on delete set null,
  add column default_permission text check (default_permission in ('READ', 'EDIT', 'MANAGE', 'NO_PERMISSIONS'));
create table attempt_token (
  token_hash bytea primary key,
  attempt_id bigint not null references attempt on delete cascade,
  fence bigint not null
);
create index attempt_token_attempt on attempt_token (attempt_id);
create index workflow_run_submitter on workflow_run (submitter_id) where submitter_id is not null;
`
