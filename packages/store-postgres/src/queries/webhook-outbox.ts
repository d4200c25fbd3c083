import { toWebhookPayload, type WebhookEvent } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'

/** Adds a delivery for every active webhook that wants the event, in the caller's transaction. */
export const enqueueWebhookEvent = async (db: Kysely<Database>, event: WebhookEvent): Promise<void> => {
  const name = `${event.entity}.${event.action}`
  const payload = toWebhookPayload(event)
  await sql`
    insert into webhook_delivery (webhook_id, event, payload)
    select id, ${name}, ${payload} from webhook
    where status = 'ACTIVE' and lifecycle_stage = 'active' and ${name} = any(events)`.execute(db)
}
