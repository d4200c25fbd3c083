import type { Ticket } from '../jobs.ts'

/** Carries tickets from the outbox to workers. May lose, double, delay or reorder them. */
export interface Dispatcher extends AsyncDisposable {
  /** Rejects within 2 s when the queue cannot be reached. */
  send(tickets: readonly Ticket[]): Promise<void>
  /**
   * Hands each ticket to `handle`, at most `concurrency` at once and those of higher priority first; one whose handler rejects is handed out again about
   * a second later, to any consumer. The consumer's disposal waits for the handlers.
   */
  consume(options: {
    readonly concurrency: number
    readonly handle: (ticket: Ticket) => Promise<void>
  }): Promise<AsyncDisposable>
  /** A mark kept in the queue: it changes when the queue lost its content. Rejects within 2 s when unreachable. */
  epoch(): Promise<string>
}
