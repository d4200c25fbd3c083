import { Empty, WebhookReference } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const deleteWebhook = endpoint({
  id: 'W5',
  method: 'DELETE',
  path: '/webhooks/:webhook_id',
  access: { server: 'MANAGE' },
  request: WebhookReference,
  response: Empty,
  handle: async ({ webhook_id: webhookId }, { webhooks }) => {
    await webhooks.store.deleteWebhook(webhookId)
    return {}
  },
})
