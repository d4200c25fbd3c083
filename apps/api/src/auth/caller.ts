import type { User } from '@tidemill/core'

/** Who sent a request. */
export type Caller =
  /** The server asks nobody, or the route asks nobody. */
  | { readonly kind: 'anyone' }
  | { readonly kind: 'user'; readonly user: User }
  /** A step, for the user who submitted it: it writes to its own experiment only, and is never an admin. */
  | { readonly kind: 'attempt'; readonly user: User; readonly experimentId: string }

export const ANYONE: Caller = { kind: 'anyone' }

declare module 'fastify' {
  interface FastifyRequest {
    /** Nobody until it was authenticated. */
    readonly caller: Caller
  }
}

/** Who gets MANAGE on what the request makes. */
export const creatorOf = (caller: Caller): { readonly creatorId?: number } =>
  caller.kind === 'anyone' ? {} : { creatorId: caller.user.userId }
