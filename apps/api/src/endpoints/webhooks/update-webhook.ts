import {
  toWebhookEvents,
  toWebhookWire,
  UpdateWebhookRequest,
  validateWebhookName,
  validateWebhookTexts,
  WebhookResponse,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const updateWebhook = endpoint({
  id: 'W4',
  method: 'PATCH',
  path: '/webhooks/:webhook_id',
  access: { server: 'MANAGE' },
  request: UpdateWebhookRequest,
  response: WebhookResponse,
  handle: async ({ webhook_id: webhookId, name, url, events, description, secret, status }, { webhooks }) => {
    // As in MLflow an empty name or URL changes nothing, an empty description or secret takes it away.
    const isNamed = name !== undefined && name !== ''
    const isMoved = url !== undefined && url !== ''
    if (isNamed) validateWebhookName(name)
    if (isMoved) webhooks.checkUrl(url)
    validateWebhookTexts({
      ...(description === undefined ? {} : { description }),
      ...(secret === undefined ? {} : { secret }),
    })
    const webhook = await webhooks.store.updateWebhook(webhookId, {
      ...(isNamed ? { name } : {}),
      ...(isMoved ? { url } : {}),
      ...(events.length === 0 ? {} : { events: toWebhookEvents(events) }),
      ...(description === undefined ? {} : { description }),
      ...(secret === undefined ? {} : { sealedSecret: secret === '' ? null : webhooks.secrets.seal(secret) }),
      ...(status === undefined ? {} : { status }),
    })
    return { webhook: toWebhookWire(webhook) }
  },
})
