/** Webhooks and the outbox of their deliveries: a row is written in the transaction of what it tells about. */
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
`
