import { ListWebhooksRequest, ListWebhooksResponse, toWebhookWire, validateWebhookPage } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

export const listWebhooks = endpoint({
  id: 'W2',
  method: 'GET',
  path: '/webhooks',
  access: { server: 'MANAGE' },
  request: ListWebhooksRequest,
  response: ListWebhooksResponse,
  handle: async ({ max_results: maxResults, page_token: pageToken }, { webhooks }) => {
    validateWebhookPage(maxResults)
    const page = await webhooks.store.listWebhooks({ maxResults, ...(pageToken === '' ? {} : { pageToken }) })
    return {
      webhooks: page.items.map(toWebhookWire),
      ...(page.nextPageToken === undefined ? {} : { next_page_token: page.nextPageToken }),
    }
  },
})
