import type { Webhook, WebhookEventName, WebhookStatus } from '../webhook/webhook.ts'
import type { Page } from './tracking-store.ts'

export interface NewWebhook {
  readonly name: string
  readonly url: string
  readonly events: readonly WebhookEventName[]
  readonly description?: string
  /** Encrypted by the caller. */
  readonly sealedSecret?: Uint8Array
  readonly status: WebhookStatus
}

/** What is absent stays. */
export interface WebhookUpdate {
  readonly name?: string
  readonly url?: string
  readonly events?: readonly WebhookEventName[]
  readonly description?: string
  /** Null removes the secret. */
  readonly sealedSecret?: Uint8Array | null
  readonly status?: WebhookStatus
}

/** One signed POST to make. */
export interface WebhookDelivery {
  readonly id: number
  /** A UUID; the same in every attempt, so that receivers can tell doubles. */
  readonly deliveryId: string
  readonly url: string
  readonly sealedSecret?: Uint8Array
  /** The JSON body. */
  readonly payload: string
  /** This one included. */
  readonly attempts: number
  /** ms since the epoch. */
  readonly createdAt: number
}

export type WebhookDeliveryEnd =
  | { readonly kind: 'delivered' }
  | { readonly kind: 'retry'; readonly delayMs: number; readonly error: string }
  | { readonly kind: 'failed'; readonly error: string }

/** Webhooks and the outbox of what they have to tell. Unknown and deleted ids throw ResourceDoesNotExistError. */
export interface WebhookStore {
  createWebhook(webhook: NewWebhook): Promise<Webhook>
  getWebhook(webhookId: string): Promise<Webhook & { readonly sealedSecret?: Uint8Array }>
  /** Newest first. */
  listWebhooks(page: { readonly maxResults: number; readonly pageToken?: string }): Promise<Page<Webhook>>
  updateWebhook(webhookId: string, update: WebhookUpdate): Promise<Webhook>
  deleteWebhook(webhookId: string): Promise<void>

  /**
   * Takes due deliveries for `leaseMs`: at most one per webhook, its oldest, so that a receiver gets its events in
   * order. What is not ended within the lease is handed out again.
   */
  claimDeliveries(limit: number, leaseMs: number): Promise<readonly WebhookDelivery[]>
  endDelivery(id: number, end: WebhookDeliveryEnd): Promise<void>
  /** Removes ended deliveries that are older. */
  pruneDeliveries(olderThanMs: number): Promise<void>
}
