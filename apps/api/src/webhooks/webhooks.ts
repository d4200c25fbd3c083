import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import {
  toWebhookPayload,
  validateWebhookUrl,
  type Webhook,
  WEBHOOK_EXAMPLE_DATA,
  type WebhookEventName,
  type WebhookStore,
} from '@tidemill/core'
import type { WebhookConfig } from '../config.ts'
import type { Logger } from '../logger.ts'
import { createEgress } from './egress.ts'
import { postDelivery } from './post-delivery.ts'
import { createSecretBox, type SecretBox } from './secret-box.ts'
import { startWebhookSender } from './webhook-sender.ts'

interface TestResult {
  readonly success: boolean
  readonly response_status?: number
  readonly response_body?: string
  readonly error_message?: string
}

/** What the webhook endpoints work with. The outbox is sent until it is disposed. */
export interface Webhooks extends AsyncDisposable {
  readonly store: WebhookStore
  readonly secrets: SecretBox
  /** Throws InvalidParameterValueError. */
  checkUrl(url: string): void
  /** Sends an example of the event once, whatever the webhook's status is. */
  sendExample(webhook: Webhook & { readonly sealedSecret?: Uint8Array }, event: WebhookEventName): Promise<TestResult>
}

export const DEFAULT_WEBHOOK_CONFIG: WebhookConfig = {
  allowedSchemes: ['https'],
  allowedHosts: [],
  timeoutMs: 30_000,
  concurrency: 10,
}

export const startWebhooks = (options: {
  readonly store: WebhookStore
  readonly config: WebhookConfig
  readonly dataDirectory: string
  readonly logger: Logger
}): Webhooks => {
  const { store, config } = options
  const egress = createEgress(config)
  const secrets = createSecretBox({
    ...(config.secretKey === undefined ? {} : { passphrase: config.secretKey }),
    keyFile: join(options.dataDirectory, 'webhook-secrets.key'),
  })
  const { timeoutMs, concurrency } = config
  const sender = startWebhookSender({ store, egress, secrets, timeoutMs, concurrency, logger: options.logger })
  return {
    store,
    secrets,
    checkUrl: (url) => {
      validateWebhookUrl(url, config.allowedSchemes)
      egress.checkUrl(url)
    },
    sendExample: async (webhook, event) => {
      const [entity = '', action = ''] = event.split('.')
      const payload = toWebhookPayload({ entity, action, at: Date.now(), data: WEBHOOK_EXAMPLE_DATA[event] })
      try {
        const delivery = { ...webhook, deliveryId: randomUUID(), payload }
        const answer = await postDelivery({ egress, secrets }, delivery, AbortSignal.timeout(timeoutMs))
        return { success: answer.status < 400, response_status: answer.status, response_body: answer.body }
      } catch (error) {
        return {
          success: false,
          error_message: `Failed to test webhook: ${error instanceof Error ? error.message : String(error)}`,
        }
      }
    },
    [Symbol.asyncDispose]: () => sender[Symbol.asyncDispose](),
  }
}
