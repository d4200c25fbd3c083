/** MLflow's pairs (spec/rest-api.md §2.9) and ours for runs and workflow runs, as `entity.action`. */
export const WEBHOOK_EVENTS = [
  'registered_model.created',
  'model_version.created',
  'model_version_tag.set',
  'model_version_tag.deleted',
  'model_version_alias.created',
  'model_version_alias.deleted',
  'prompt.created',
  'prompt_version.created',
  'prompt_tag.set',
  'prompt_tag.deleted',
  'prompt_version_tag.set',
  'prompt_version_tag.deleted',
  'prompt_alias.created',
  'prompt_alias.deleted',
  'run.created',
  'run.finished',
  'workflow_run.created',
  'workflow_run.finished',
] as const
export type WebhookEventName = (typeof WEBHOOK_EVENTS)[number]

/** Something that happened, as the receivers of webhooks get it. */
export interface WebhookEvent {
  /** `model_version` */
  readonly entity: string
  /** `created` */
  readonly action: string
  /** ms since the epoch. */
  readonly at: number
  /** The fields of spec/rest-api.md §2.9. */
  readonly data: Readonly<Record<string, unknown>>
}

export type WebhookStatus = 'ACTIVE' | 'DISABLED'

export interface Webhook {
  /** A UUID with dashes. */
  readonly webhookId: string
  readonly name: string
  readonly description?: string
  readonly url: string
  readonly events: readonly WebhookEventName[]
  readonly status: WebhookStatus
  /** ms since the epoch. */
  readonly creationTime: number
  readonly lastUpdateTime: number
}
