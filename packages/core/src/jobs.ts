import { z } from 'zod'

/** BullMQ queue of attempts that wait for a worker. */
export const ATTEMPT_QUEUE = 'tidemill-attempts'

/** Priorities of workflow runs go from minus this to this. */
export const MAX_PRIORITY = 100

/** Says "look at this attempt"; everything else is read from Postgres. Losing or doubling one costs latency only. */
export const Ticket = z.object({
  attemptId: z.string().min(1).max(64),
  /** Grows with each dispatch of the attempt: a ticket with an old one is stale. */
  dispatchSeq: z.number().int().nonnegative(),
  /** Of the workflow run: higher ones are handed out first, equal ones in the order sent. @default 0 */
  priority: z.number().int().min(-MAX_PRIORITY).max(MAX_PRIORITY).optional(),
})
export type Ticket = z.infer<typeof Ticket>
