import { randomUUID } from 'node:crypto'
import { type Dispatcher, type Logger, ResourceExhaustedError, type Ticket } from '@tidemill/core'

/** Tickets that wait at most; the outbox keeps what does not fit. */
const MAX_WAITING = 100_000
/** ms until a ticket that could not be handled is handed out again. */
const RETURN_DELAY_MS = 1_000

interface Consumer {
  readonly concurrency: number
  readonly handle: (ticket: Ticket) => Promise<void>
  readonly inFlight: Set<Promise<void>>
}

/** Carries tickets within one process. They end with it; the sweeper sends them again after the next start. */
export const createMemoryDispatcher = (options: { readonly logger?: Logger } = {}): Dispatcher => {
  const epoch = randomUUID()
  const waiting: Ticket[] = []
  const returning = new Set<NodeJS.Timeout>()
  const consumers = new Set<Consumer>()
  let isClosed = false

  const dispatch = (): void => {
    while (waiting.length > 0) {
      const consumer = [...consumers].find(({ inFlight, concurrency }) => inFlight.size < concurrency)
      const ticket = consumer === undefined ? undefined : waiting.shift()
      if (consumer === undefined || ticket === undefined) return
      // Taking turns: a ticket that one could not handle gets to another the next time.
      consumers.delete(consumer)
      consumers.add(consumer)
      start(consumer, ticket)
    }
  }

  const enqueue = (ticket: Ticket): void => {
    // Mostly all have the same priority: then the search ends at the last one.
    const last = waiting.findLastIndex((other) => (other.priority ?? 0) >= (ticket.priority ?? 0))
    waiting.splice(last + 1, 0, ticket)
  }

  const start = (consumer: Consumer, ticket: Ticket): void => {
    // Not within `send`, whose caller may hold the transaction that the handler waits for.
    const handled = Promise.resolve()
      .then(() => consumer.handle(ticket))
      .catch((error: unknown) => {
        options.logger?.warn({ ...ticket, err: error }, 'A ticket could not be handled and goes back to the queue')
        putBack(ticket)
      })
      .then(() => {
        consumer.inFlight.delete(handled)
        dispatch()
      })
    consumer.inFlight.add(handled)
  }

  const putBack = (ticket: Ticket): void => {
    const timer = setTimeout(() => {
      returning.delete(timer)
      enqueue(ticket)
      dispatch()
    }, RETURN_DELAY_MS)
    returning.add(timer)
  }

  const stop = async (consumer: Consumer): Promise<void> => {
    consumers.delete(consumer)
    await Promise.all(consumer.inFlight)
  }

  return {
    send: async (tickets) => {
      if (isClosed) throw new Error('The dispatcher is closed')
      if (waiting.length + tickets.length > MAX_WAITING) {
        throw new ResourceExhaustedError(`${waiting.length} tickets wait already; the others stay in the outbox`)
      }
      for (const ticket of tickets) enqueue(ticket)
      dispatch()
    },
    consume: async ({ concurrency, handle }) => {
      const consumer: Consumer = { concurrency, handle, inFlight: new Set() }
      consumers.add(consumer)
      dispatch()
      return { [Symbol.asyncDispose]: () => stop(consumer) }
    },
    epoch: async () => epoch,
    [Symbol.asyncDispose]: async () => {
      isClosed = true
      await Promise.all([...consumers].map(stop))
      for (const timer of returning) clearTimeout(timer)
    },
  }
}
