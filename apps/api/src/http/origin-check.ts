import type { FastifyRequest } from 'fastify'

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS'])
const SAME_SITE_ENOUGH: ReadonlySet<string> = new Set(['same-origin', 'none'])

export interface OriginCheck {
  /** True for a state change that a page of another origin asks for. Programs send neither header and pass. */
  isCrossOrigin(request: FastifyRequest): boolean
  /** Headers that let pages of a listed origin read the answer; empty for the others. */
  corsHeaders(request: FastifyRequest): Record<string, string>
}

/** Guards a server without users against pages that a browser shows (spec/security.md §5.3). */
export const createOriginCheck = (allowedOrigins: readonly string[]): OriginCheck => {
  const isAnyAllowed = allowedOrigins.includes('*')
  const listed = new Set(allowedOrigins.map((origin) => origin.toLowerCase().replace(/\/$/, '')))
  const isListed = (origin: string): boolean => isAnyAllowed || listed.has(origin.toLowerCase())

  return {
    isCrossOrigin: (request) => {
      if (SAFE_METHODS.has(request.method)) return false
      const { origin } = request.headers
      if (origin !== undefined && isListed(origin)) return false
      if (origin !== undefined && !isOwnOrigin(origin, request.headers.host)) return true
      const site = request.headers['sec-fetch-site']
      return typeof site === 'string' && !SAME_SITE_ENOUGH.has(site)
    },
    corsHeaders: (request) => {
      const { origin } = request.headers
      if (origin === undefined || !isListed(origin)) return {}
      return {
        // `*` never goes with credentials.
        'access-control-allow-origin': isAnyAllowed ? '*' : origin,
        vary: 'Origin',
        ...(request.method === 'OPTIONS'
          ? {
              'access-control-allow-methods': 'GET, POST, PUT, PATCH, DELETE',
              'access-control-allow-headers': 'Content-Type, Idempotency-Key, Last-Event-ID, X-Request-Id',
              'access-control-max-age': '600',
            }
          : {}),
      }
    },
  }
}

const isOwnOrigin = (origin: string, host: string | undefined): boolean =>
  host !== undefined && [`http://${host}`, `https://${host}`].includes(origin)
