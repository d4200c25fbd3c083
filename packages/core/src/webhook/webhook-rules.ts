import { InvalidParameterValueError } from '../errors.ts'
import { validateLength, validateStorable } from '../run/key-rules.ts'
import { toPythonText } from '../run/python-text.ts'
import { WEBHOOK_EVENTS, type WebhookEventName } from './webhook.ts'

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/
const MAX_URL_LENGTH = 500
const MAX_DESCRIPTION_LENGTH = 1000
const MAX_SECRET_LENGTH = 1000
const MAX_EVENTS = 50

/** Throws InvalidParameterValueError with MLflow's text. */
export const validateWebhookName = (name: string): void => {
  if (!NAME.test(name)) {
    throw new InvalidParameterValueError(
      `Webhook name ${toPythonText(name)} is invalid. It must start and end with a letter or digit, be less than 63 characters long, and contain only letters, digits, dots (.), underscores (_), and hyphens (-).`,
    )
  }
}

/**
 * Checks everything about the URL that needs no name look-up; addresses are judged by who connects.
 * Throws InvalidParameterValueError.
 */
export const validateWebhookUrl = (url: string, allowedSchemes: readonly string[]): void => {
  if (url.trim() === '') {
    throw new InvalidParameterValueError(`Webhook URL cannot be empty or just whitespace: ${toPythonText(url)}`)
  }
  validateStorable(url, 'url')
  validateLength(url, MAX_URL_LENGTH, 'url')
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase() ?? ''
  if (!allowedSchemes.includes(scheme)) {
    throw new InvalidParameterValueError(
      `Invalid webhook URL scheme: ${toPythonText(scheme)}. Allowed schemes are: ${allowedSchemes.join(', ')}.`,
    )
  }
  const authority = /^[A-Za-z]+:\/\/([^/?#\\\s]+)(?:[/?#][^\\\s]*)?$/.exec(url)?.[1]
  if (authority === undefined) {
    throw new InvalidParameterValueError(`Webhook URL must include a hostname: ${toPythonText(url)}`)
  }
  if (authority.includes('@')) {
    throw new InvalidParameterValueError(
      'The webhook URL has a user name or a password in it, which logs would show. Use a secret: deliveries are signed with it.',
    )
  }
}

/** Throws InvalidParameterValueError for pairs that are no event. Doubled events count once. */
export const toWebhookEvents = (
  events: readonly { readonly entity: string; readonly action: string }[],
): WebhookEventName[] => {
  if (events.length === 0) {
    throw new InvalidParameterValueError('Webhook events must be a non-empty list of WebhookEvent objects: [].')
  }
  if (events.length > MAX_EVENTS) {
    throw new InvalidParameterValueError(`A webhook can have at most ${MAX_EVENTS} events. Got ${events.length}.`)
  }
  return [...new Set(events.map(toWebhookEventName))]
}

export const toWebhookEventName = (event: { readonly entity: string; readonly action: string }): WebhookEventName => {
  const name = `${event.entity}.${event.action}`.toLowerCase()
  const found = WEBHOOK_EVENTS.find((candidate) => candidate === name)
  if (found === undefined) {
    throw new InvalidParameterValueError(
      `Invalid action '${event.action.toLowerCase()}' for entity '${event.entity.toLowerCase()}'. Valid events are: ${WEBHOOK_EVENTS.join(', ')}.`,
    )
  }
  return found
}

/** Throws InvalidParameterValueError for texts that are too long. */
export const validateWebhookTexts = (texts: { readonly description?: string; readonly secret?: string }): void => {
  validateLength(texts.description ?? '', MAX_DESCRIPTION_LENGTH, 'description')
  validateStorable(texts.description ?? '', 'description')
  validateLength(texts.secret ?? '', MAX_SECRET_LENGTH, 'secret')
  validateStorable(texts.secret ?? '', 'secret')
}

/** Throws InvalidParameterValueError with MLflow's text. */
export const validateWebhookPage = (maxResults: number): void => {
  if (maxResults < 1 || maxResults > 1000) {
    throw new InvalidParameterValueError('max_results must be between 1 and 1000.')
  }
}
