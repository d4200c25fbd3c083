import { TestWebhookRequest, TestWebhookResponse, toWebhookEventName } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const testWebhook = endpoint({
  id: 'W6',
  method: 'POST',
  path: '/webhooks/:webhook_id/test',
  access: { server: 'MANAGE' },
  request: TestWebhookRequest,
  response: TestWebhookResponse,
  handle: async ({ webhook_id: webhookId, event }, { webhooks }) => {
    const webhook = await webhooks.store.getWebhook(webhookId)
    const name = event === undefined ? webhook.events[0] : toWebhookEventName(event)
    return { result: await webhooks.sendExample(webhook, name ?? 'model_version.created') }
  },
})
