import type { WebhookEvent } from './webhook.ts'

/** The JSON body of a delivery. */
export const toWebhookPayload = (event: WebhookEvent): string =>
  JSON.stringify({
    entity: event.entity,
    action: event.action,
    timestamp: new Date(event.at).toISOString(),
    data: event.data,
  })
