import { type RegistrySearch, validateRegistryMaxResults } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import type { Guard } from '../auth/guard.ts'
import { shownTo } from '../auth/shown-to.ts'

/** The search that a message asks for, over what its caller may read. Throws InvalidParameterValueError. */
export const toRegistrySearch = (
  message: {
    readonly filter: string
    readonly order_by: readonly string[]
    readonly max_results: number
    readonly page_token: string
  },
  maxResults: number,
  guard: Guard,
  request: FastifyRequest,
): RegistrySearch => {
  validateRegistryMaxResults(message.max_results, maxResults)
  return {
    filter: message.filter,
    orderBy: message.order_by,
    maxResults: message.max_results,
    ...shownTo(guard, request),
    ...(message.page_token === '' ? {} : { pageToken: message.page_token }),
  }
}
