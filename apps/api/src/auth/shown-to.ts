import type { Reader } from '@tidemill/core'
import type { FastifyRequest } from 'fastify'
import type { Guard } from './guard.ts'

/** The part of a search that leaves out what the caller may not read. */
export const shownTo = (guard: Guard, { caller }: FastifyRequest): { readonly reader?: Reader } => {
  const reader = guard.readerOf(caller)
  return reader === undefined ? {} : { reader }
}
