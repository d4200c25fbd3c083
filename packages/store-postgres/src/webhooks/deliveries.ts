import type { WebhookDelivery, WebhookDeliveryEnd } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'

interface DeliveryRow {
  readonly id: number
  readonly delivery_id: string
  readonly url: string
  readonly secret: Uint8Array | null
  readonly payload: string
  readonly attempts: number
  readonly created_at: Date
}

export const claimDeliveries = async (
  db: Kysely<Database>,
  limit: number,
  leaseMs: number,
): Promise<readonly WebhookDelivery[]> => {
  // Deliveries of a webhook that was disabled or deleted meanwhile wait, or go with its next cleaning.
  const result = await sql<DeliveryRow>`
    with head as (
      select distinct on (delivery.webhook_id) delivery.id, due_at
      from webhook_delivery delivery join webhook on webhook.id = delivery.webhook_id
      where delivery.state = 'pending' and webhook.status = 'ACTIVE' and webhook.lifecycle_stage = 'active'
      order by delivery.webhook_id, delivery.id
    ),
    due as (
      select webhook_delivery.id from webhook_delivery
      where state = 'pending' and due_at <= clock_timestamp()
        and webhook_delivery.id in (select id from head where due_at <= clock_timestamp())
      order by webhook_delivery.id
      limit ${limit}
      for update skip locked
    )
    update webhook_delivery set
      attempts = attempts + 1,
      due_at = clock_timestamp() + make_interval(secs => ${leaseMs / 1000}::float8)
    from due, webhook
    where webhook_delivery.id = due.id and webhook.id = webhook_delivery.webhook_id
    returning webhook_delivery.id, delivery_id, url, secret, payload, attempts, created_at`.execute(db)
  return result.rows.map((row) => ({
    id: row.id,
    deliveryId: row.delivery_id,
    url: row.url,
    ...(row.secret === null ? {} : { sealedSecret: row.secret }),
    payload: row.payload,
    attempts: row.attempts,
    createdAt: row.created_at.getTime(),
  }))
}

const MAX_ERROR_LENGTH = 1000

export const endDelivery = async (db: Kysely<Database>, id: number, end: WebhookDeliveryEnd): Promise<void> => {
  await db
    .updateTable('webhook_delivery')
    .set({
      ...(end.kind === 'retry'
        ? { due_at: sql<Date>`clock_timestamp() + make_interval(secs => ${end.delayMs / 1000}::float8)` }
        : { state: end.kind }),
      last_error: end.kind === 'delivered' ? null : end.error.slice(0, MAX_ERROR_LENGTH),
    })
    .where('id', '=', id)
    .where('state', '=', 'pending')
    .execute()
}

/** Also what waits for webhooks that are gone. */
export const pruneDeliveries = async (db: Kysely<Database>, olderThanMs: number): Promise<void> => {
  await sql`
    delete from webhook_delivery using webhook
    where webhook.id = webhook_delivery.webhook_id
      and (state <> 'pending' or webhook.lifecycle_stage = 'deleted')
      and created_at < clock_timestamp() - make_interval(secs => ${olderThanMs / 1000}::float8)`.execute(db)
}
