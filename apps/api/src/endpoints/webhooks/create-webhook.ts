import {
  CreateWebhookRequest,
  toWebhookEvents,
  toWebhookWire,
  validateWebhookName,
  validateWebhookTexts,
  WebhookResponse,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const createWebhook = endpoint({
  id: 'W1',
  method: 'POST',
  path: '/webhooks',
  access: { server: 'MANAGE' },
  request: CreateWebhookRequest,
  response: WebhookResponse,
  handle: async ({ name, url, events, description, secret, status }, { webhooks }) => {
    validateWebhookName(name)
    webhooks.checkUrl(url)
    const texts = {
      ...(description === undefined || description === '' ? {} : { description }),
      ...(secret === undefined || secret === '' ? {} : { secret }),
    }
    validateWebhookTexts(texts)
    const webhook = await webhooks.store.createWebhook({
      name,
      url,
      events: toWebhookEvents(events),
      status,
      ...(texts.description === undefined ? {} : { description: texts.description }),
      ...(texts.secret === undefined ? {} : { sealedSecret: webhooks.secrets.seal(texts.secret) }),
    })
    return { webhook: toWebhookWire(webhook) }
  },
})
