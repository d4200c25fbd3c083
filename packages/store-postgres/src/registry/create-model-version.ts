import type { NewModelVersion, Tag, WebhookEvent } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { nowMs } from '../queries/run.ts'
import type { Database } from '../tables/database.ts'

/**
 * Gives the next number and stores the version, its tags and its webhook deliveries, all in one statement: the row of
 * the model is the counter and the lock, so the cost does not grow with the versions. Undefined when there is no such
 * model. Tags have distinct keys.
 */
export const insertModelVersion = async (
  db: Kysely<Database>,
  version: NewModelVersion & { readonly storageLocation: string; readonly tags: readonly Tag[] },
  event: WebhookEvent,
): Promise<{ readonly version: number; readonly now: number } | undefined> => {
  const { name, source, storageLocation, runId, runLink, description, tags } = version
  const payload = payloadAround(event)
  const eventName = `${event.entity}.${event.action}`
  const result = await sql<{ version: number; now: number }>`
    with model as (
      update registered_model set last_version = last_version + 1, last_update_time = ${nowMs}
      where name = ${name}
      returning id, last_version, last_update_time
    ),
    made as (
      insert into model_version
        (model_id, version, source, storage_location, run_id, run_link, description, creation_time, last_update_time)
      select id, last_version, ${source}, ${storageLocation}, ${runId}, ${runLink}, ${description}, last_update_time,
        last_update_time
      from model
      returning id, version, creation_time
    ),
    tag as (
      insert into model_version_tag (model_version_id, key, value)
      select made.id, input.key, input.value
      from made cross join unnest(${tags.map(({ key }) => key)}::text[], ${tags.map(({ value }) => value)}::text[])
        as input (key, value)
    ),
    delivery as (
      insert into webhook_delivery (webhook_id, event, payload)
      select webhook.id, ${eventName}, ${payload.before}::text || made.version || ${payload.after}::text
      from webhook cross join made
      where webhook.status = 'ACTIVE' and webhook.lifecycle_stage = 'active' and ${eventName} = any(webhook.events)
    )
    select version, creation_time as now from made`.execute(db)
  return result.rows[0]
}

/** The body of `enqueueWebhookEvent`, cut open where the number of the version goes. */
const payloadAround = ({
  entity,
  action,
  at,
  data,
}: WebhookEvent): { readonly before: string; readonly after: string } => {
  const head = JSON.stringify({ entity, action, timestamp: new Date(at).toISOString() })
  return {
    before: `${head.slice(0, -1)},"data":{"version":"`,
    after: `",${JSON.stringify(data).slice(1)}}`,
  }
}
