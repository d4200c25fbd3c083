import { toWebhookWire, WebhookReference, WebhookResponse } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const getWebhook = endpoint({
  id: 'W3',
  method: 'GET',
  path: '/webhooks/:webhook_id',
  access: { server: 'MANAGE' },
  request: WebhookReference,
  response: WebhookResponse,
  handle: async ({ webhook_id: webhookId }, { webhooks }) => ({
    webhook: toWebhookWire(await webhooks.store.getWebhook(webhookId)),
  }),
})
