import { randomUUID } from 'node:crypto'
import {
  type NewWebhook,
  type Page,
  ResourceDoesNotExistError,
  type Webhook,
  type WebhookEventName,
  WEBHOOK_EVENTS,
  type WebhookStore,
  type WebhookUpdate,
} from '@tidemill/core'
import { type Kysely, type Selectable, sql } from 'kysely'
import type { OpenDatabase } from './database/open-database.ts'
import { nowMs } from './queries/run.ts'
import { parsePageToken, toPageToken } from './queries/search-page-token.ts'
import type { Database } from './tables/database.ts'
import type { WebhookTable } from './tables/webhook.ts'
import { claimDeliveries, endDelivery, pruneDeliveries } from './webhooks/deliveries.ts'

export const createWebhookStore = ({ db }: OpenDatabase): WebhookStore => ({
  createWebhook: (webhook) => insertWebhook(db, webhook),
  getWebhook: async (webhookId) => {
    const row = await findActive(db, webhookId)
    return { ...toWebhook(row), ...(row.secret === null ? {} : { sealedSecret: row.secret }) }
  },
  listWebhooks: (page) => listWebhooks(db, page),
  updateWebhook: (webhookId, update) => updateWebhook(db, webhookId, update),
  deleteWebhook: async (webhookId) => {
    const result = await db
      .updateTable('webhook')
      .set({ lifecycle_stage: 'deleted', secret: null, last_update_time: nowMs })
      .where('webhook_id', '=', storable(webhookId))
      .where('lifecycle_stage', '=', 'active')
      .executeTakeFirst()
    if (result.numUpdatedRows === 0n) throw noWebhook(webhookId)
  },
  claimDeliveries: (limit, leaseMs) => claimDeliveries(db, limit, leaseMs),
  endDelivery: (id, end) => endDelivery(db, id, end),
  pruneDeliveries: (olderThanMs) => pruneDeliveries(db, olderThanMs),
})

const insertWebhook = async (db: Kysely<Database>, webhook: NewWebhook): Promise<Webhook> =>
  toWebhook(
    await db
      .insertInto('webhook')
      .values({
        webhook_id: randomUUID(),
        name: webhook.name,
        description: webhook.description ?? null,
        url: webhook.url,
        events: sql`${[...webhook.events]}::text[]`,
        secret: webhook.sealedSecret ?? null,
        status: webhook.status,
        creation_time: nowMs,
        last_update_time: nowMs,
      })
      .returningAll()
      .executeTakeFirstOrThrow(),
  )

const findActive = async (db: Kysely<Database>, webhookId: string): Promise<Selectable<WebhookTable>> => {
  const row = await db
    .selectFrom('webhook')
    .selectAll()
    .where('webhook_id', '=', storable(webhookId))
    .where('lifecycle_stage', '=', 'active')
    .executeTakeFirst()
  if (row === undefined) throw noWebhook(webhookId)
  return row
}

const ORDER = 'webhooks'

const listWebhooks = async (
  db: Kysely<Database>,
  { maxResults, pageToken }: { readonly maxResults: number; readonly pageToken?: string },
): Promise<Page<Webhook>> => {
  const before = parsePageToken(pageToken, ORDER, ['bigint'])?.values[0]
  const rows = await db
    .selectFrom('webhook')
    .selectAll()
    .where('lifecycle_stage', '=', 'active')
    .$if(before !== undefined, (query) => query.where('id', '<', Number(before)))
    .orderBy('id', 'desc')
    .limit(maxResults + 1)
    .execute()
  const page = rows.slice(0, maxResults)
  const last = page.at(-1)
  return {
    items: page.map(toWebhook),
    ...(rows.length > maxResults && last !== undefined
      ? { nextPageToken: toPageToken({ order: ORDER, values: [last.id] }) }
      : {}),
  }
}

const updateWebhook = async (db: Kysely<Database>, webhookId: string, update: WebhookUpdate): Promise<Webhook> => {
  const row = await db
    .updateTable('webhook')
    .set({
      ...(update.name === undefined ? {} : { name: update.name }),
      ...(update.url === undefined ? {} : { url: update.url }),
      ...(update.events === undefined ? {} : { events: sql<string[]>`${[...update.events]}::text[]` }),
      ...(update.description === undefined ? {} : { description: update.description }),
      ...(update.sealedSecret === undefined ? {} : { secret: update.sealedSecret }),
      ...(update.status === undefined ? {} : { status: update.status }),
      last_update_time: nowMs,
    })
    .where('webhook_id', '=', storable(webhookId))
    .where('lifecycle_stage', '=', 'active')
    .returningAll()
    .executeTakeFirst()
  if (row === undefined) throw noWebhook(webhookId)
  return toWebhook(row)
}

const toWebhook = (row: Selectable<WebhookTable>): Webhook => ({
  webhookId: row.webhook_id,
  name: row.name,
  ...(row.description === null ? {} : { description: row.description }),
  url: row.url,
  events: row.events.filter(isEventName),
  status: row.status,
  creationTime: row.creation_time,
  lastUpdateTime: row.last_update_time,
})

const isEventName = (name: string): name is WebhookEventName => WEBHOOK_EVENTS.some((event) => event === name)

/** Postgres refuses text with U+0000; no id has it. */
const storable = (webhookId: string): string => webhookId.replaceAll('\0', '')

const noWebhook = (webhookId: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(`Webhook with ID ${webhookId} not found.`)
