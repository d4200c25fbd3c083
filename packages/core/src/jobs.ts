import { z } from 'zod'

/** BullMQ queue of attempts that wait for a worker. */
export const ATTEMPT_QUEUE = 'tidemill-attempts'

/** Says "look at this attempt"; everything else is read from Postgres. Losing or doubling one costs latency only. */
export const Ticket = z.object({
  attemptId: z.string().min(1).max(64),
  /** Grows with each dispatch of the attempt: a ticket with an old one is stale. */
  dispatchSeq: z.number().int().nonnegative(),
})
export type Ticket = z.infer<typeof Ticket>
