import type { Generated, GeneratedAlways } from 'kysely'

export interface WebhookTable {
  id: GeneratedAlways<number>
  /** A UUID with dashes. */
  webhook_id: string
  name: string
  description: string | null
  url: string
  /** `model_version.created` */
  events: string[]
  /** Encrypted. */
  secret: Uint8Array | null
  status: Generated<'ACTIVE' | 'DISABLED'>
  lifecycle_stage: Generated<'active' | 'deleted'>
  creation_time: number
  last_update_time: number
}

/** The outbox: one row per (event, webhook), sent until the receiver takes it or the attempts are used up. */
export interface WebhookDeliveryTable {
  id: GeneratedAlways<number>
  delivery_id: Generated<string>
  webhook_id: number
  event: string
  /** The JSON body, as it is signed and sent. */
  payload: string
  created_at: Generated<Date>
  attempts: Generated<number>
  due_at: Generated<Date>
  last_error: string | null
  state: Generated<'pending' | 'delivered' | 'failed'>
}
