import { setTimeout as delay } from 'node:timers/promises'
import type { WebhookDelivery, WebhookDeliveryEnd, WebhookStore } from '@tidemill/core'
import type { Logger } from '../logger.ts'
import type { Egress } from './egress.ts'
import { postDelivery } from './post-delivery.ts'
import type { SecretBox } from './secret-box.ts'

const POLL_MS = 1000
const PRUNE_EVERY_MS = 3_600_000
/** Ended deliveries are kept this long, so that an operator can look them up. */
const KEEP_MS = 3 * 24 * 3_600_000
/** After this a delivery counts as failed. */
const GIVE_UP_MS = 24 * 3_600_000
const LONGEST_BACKOFF_MS = 60_000
/** Longer than a request may take, so that nobody else sends it meanwhile. */
const LEASE_MARGIN_MS = 15_000

export interface WebhookSenderParts {
  readonly store: Pick<WebhookStore, 'claimDeliveries' | 'endDelivery' | 'pruneDeliveries'>
  readonly egress: Egress
  readonly secrets: SecretBox
  readonly logger: Logger
  readonly timeoutMs: number
  /** Deliveries in flight at once. */
  readonly concurrency: number
}

/**
 * Sends what is in the outbox until disposed. A webhook gets its events one after another; each at least once, with
 * the same delivery id in every attempt. Refusals (4xx) fail at once, everything else is tried again for a day.
 */
export const startWebhookSender = (parts: WebhookSenderParts): AsyncDisposable => {
  const stopping = new AbortController()
  const inFlight = new Set<Promise<void>>()

  const fill = async (): Promise<number> => {
    const free = parts.concurrency - inFlight.size
    if (free <= 0) return 0
    const claimed = await parts.store.claimDeliveries(free, parts.timeoutMs + LEASE_MARGIN_MS)
    for (const delivery of claimed) {
      const sending = send(parts, delivery, stopping.signal)
        .catch((error: unknown) =>
          parts.logger.error({ error, deliveryId: delivery.deliveryId }, 'webhook delivery not recorded'),
        )
        .finally(() => inFlight.delete(sending))
      inFlight.add(sending)
    }
    return claimed.length
  }

  const loop = async (): Promise<void> => {
    let prunedAt = 0
    while (!stopping.signal.aborted) {
      try {
        const claimed = await fill()
        if (Date.now() - prunedAt > PRUNE_EVERY_MS) {
          prunedAt = Date.now()
          await parts.store.pruneDeliveries(KEEP_MS)
        }
        // A webhook's next event can be taken only when this one has ended.
        if (claimed > 0) await Promise.race([...inFlight, delay(POLL_MS, undefined, { signal: stopping.signal })])
        else await delay(POLL_MS, undefined, { signal: stopping.signal })
      } catch (error) {
        if (stopping.signal.aborted) return
        parts.logger.warn({ error }, 'the webhook outbox cannot be read; trying again')
        await delay(POLL_MS * 5, undefined, { signal: stopping.signal }).catch(() => undefined)
      }
    }
  }

  const running = loop()
  return {
    [Symbol.asyncDispose]: async () => {
      stopping.abort()
      await running
      await Promise.all(inFlight)
      await parts.egress[Symbol.asyncDispose]()
    },
  }
}

const send = async (parts: WebhookSenderParts, delivery: WebhookDelivery, stopping: AbortSignal): Promise<void> => {
  const end = await attempt(parts, delivery, stopping)
  if (end.kind === 'failed') {
    parts.logger.warn({ deliveryId: delivery.deliveryId, reason: end.error }, 'webhook delivery failed')
  }
  await parts.store.endDelivery(delivery.id, end)
}

const attempt = async (
  parts: WebhookSenderParts,
  delivery: WebhookDelivery,
  stopping: AbortSignal,
): Promise<WebhookDeliveryEnd> => {
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(parts.timeoutMs)])
    const answer = await postDelivery(parts, delivery, signal)
    if (answer.status < 300) return { kind: 'delivered' }
    const error = `the receiver answered ${answer.status}`
    const isPassing = answer.status === 429 || answer.status === 408 || answer.status >= 500
    return isPassing ? retry(delivery, error, answer.retryAfter) : { kind: 'failed', error }
  } catch (error) {
    if (stopping.aborted) return { kind: 'retry', delayMs: 0, error: 'the server stopped meanwhile' }
    return retry(delivery, error instanceof Error ? error.message : String(error))
  }
}

const retry = (delivery: WebhookDelivery, error: string, retryAfter?: string): WebhookDeliveryEnd => {
  if (Date.now() - delivery.createdAt > GIVE_UP_MS) return { kind: 'failed', error }
  const backoff = Math.min(LONGEST_BACKOFF_MS, 1000 * 2 ** (delivery.attempts - 1))
  const asked = /^\d{1,5}$/.test(retryAfter ?? '') ? Number(retryAfter) * 1000 : 0
  return { kind: 'retry', delayMs: Math.max(backoff * (0.75 + Math.random() / 2), Math.min(asked, 3_600_000)), error }
}
