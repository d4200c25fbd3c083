import { ARTIFACT_ROOT, type ArtifactPath, InvalidParameterValueError, parseArtifactPath } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'

/**
 * The artifact path at the end of a `…/*` route, percent-decoded exactly once from the URL as it came: nothing
 * before us may have decoded, cut or normalised it. Throws InvalidParameterValueError `Invalid path`.
 */
export const proxiedPath = (request: FastifyRequest): ArtifactPath => {
  const path = (request.raw.url ?? '').split('?', 1)[0] ?? ''
  const prefixSegments = (request.routeOptions.url ?? '').split('/').length - 1
  return parseArtifactPath(escapeTimes(decodeOnce(path.split('/').slice(prefixSegments).join('/'))))
}

/**
 * Clients before 2.20 send the `%17…` that a timestamp begins with in names of log_image as it stands, so it arrives
 * as a control character: MLflow escapes it again (spec/rest-api.md §2.5). Line ends are none of them and stay refused.
 */
const escapeTimes = (path: string): string =>
  Array.from(path, (character) =>
    character >= '\u0010' && character < ' ' ? `%${character.charCodeAt(0).toString(16)}` : character,
  ).join('')

/** The root itself can be listed, never written or deleted. Throws InvalidParameterValueError. */
export const fileBelowRoot = (path: ArtifactPath): ArtifactPath => {
  if (path === ARTIFACT_ROOT) throw new InvalidParameterValueError('Invalid path')
  return path
}

/** One parameter of a query string, decoded once and by nobody else. Undefined when absent. */
export const queryParameter = (request: FastifyRequest, name: string): string | undefined => {
  const { url = '' } = request.raw
  const query = url.includes('?') ? url.slice(url.indexOf('?') + 1) : ''
  const pair = query.split('&').find((each) => each.split('=', 1)[0] === name)
  return pair === undefined ? undefined : decodeOnce(pair.slice(name.length + 1).replaceAll('+', ' '))
}

/** Throws InvalidParameterValueError with MLflow's text. */
export const requireParameter = (value: string | undefined, name: string): string => {
  if (value === undefined || value === '') throw new InvalidParameterValueError(`Request must specify ${name}.`)
  return value
}

const decodeOnce = (text: string): string => {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    throw new InvalidParameterValueError('Invalid path', { cause: error })
  }
}
