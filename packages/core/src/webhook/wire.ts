import { z } from 'zod'
import { Int64, protoEnum, RequiredString } from '../wire/scalars.ts'
import type { Webhook } from './webhook.ts'

const WebhookEntityWire = protoEnum({
  REGISTERED_MODEL: 1,
  MODEL_VERSION: 2,
  MODEL_VERSION_TAG: 3,
  MODEL_VERSION_ALIAS: 4,
  PROMPT: 5,
  PROMPT_VERSION: 6,
  PROMPT_TAG: 7,
  PROMPT_VERSION_TAG: 8,
  PROMPT_ALIAS: 9,
  // Ours, far from MLflow's next numbers.
  RUN: 1001,
  WORKFLOW_RUN: 1002,
})
const WebhookActionWire = protoEnum({ CREATED: 1, UPDATED: 2, DELETED: 3, SET: 4, FINISHED: 1001 })
const WebhookStatusWire = protoEnum({ ACTIVE: 1, DISABLED: 2 })
const WebhookEventWire = z.object({ entity: WebhookEntityWire, action: WebhookActionWire })

export const CreateWebhookRequest = z.object({
  name: RequiredString,
  url: RequiredString,
  events: z.array(WebhookEventWire),
  description: z.string().optional(),
  secret: z.string().optional(),
  status: WebhookStatusWire.default('ACTIVE'),
})
export const ListWebhooksRequest = z.object({
  max_results: Int64.default(100),
  page_token: z.string().max(1024).default(''),
})
export const WebhookReference = z.object({ webhook_id: RequiredString })
export const UpdateWebhookRequest = z.object({
  webhook_id: RequiredString,
  name: z.string().optional(),
  url: z.string().optional(),
  events: z.array(WebhookEventWire).default([]),
  description: z.string().optional(),
  secret: z.string().optional(),
  status: WebhookStatusWire.optional(),
})
export const TestWebhookRequest = z.object({ webhook_id: RequiredString, event: WebhookEventWire.optional() })

const WebhookWire = z.object({
  webhook_id: z.string(),
  name: z.string(),
  description: z.string().optional(),
  url: z.string(),
  events: z.array(z.object({ entity: z.string(), action: z.string() })),
  status: z.enum(['ACTIVE', 'DISABLED']),
  creation_timestamp: z.number().int(),
  last_updated_timestamp: z.number().int(),
})
type WebhookWire = z.infer<typeof WebhookWire>

export const WebhookResponse = z.object({ webhook: WebhookWire })
export const ListWebhooksResponse = z.object({
  webhooks: z.array(WebhookWire),
  next_page_token: z.string().optional(),
})
export const TestWebhookResponse = z.object({
  result: z.object({
    success: z.boolean(),
    response_status: z.number().int().optional(),
    response_body: z.string().optional(),
    error_message: z.string().optional(),
  }),
})

/** Without the secret, which is never shown again. */
export const toWebhookWire = (webhook: Webhook): WebhookWire => ({
  webhook_id: webhook.webhookId,
  name: webhook.name,
  ...(webhook.description === undefined ? {} : { description: webhook.description }),
  url: webhook.url,
  events: webhook.events.map((event) => {
    const [entity = '', action = ''] = event.split('.')
    return { entity: entity.toUpperCase(), action: action.toUpperCase() }
  }),
  status: webhook.status,
  creation_timestamp: webhook.creationTime,
  last_updated_timestamp: webhook.lastUpdateTime,
})
