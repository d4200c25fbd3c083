/** Background work of a worker. */
export interface Service {
  /** A second call changes nothing. */
  start(): void
  /** Resolves when the run in progress has ended. Safe twice and before start. */
  stop(): Promise<void>
  /** One run, for tests and for a caller that cannot wait for the next one. Throws what went wrong. */
  runOnce(): Promise<void>
}

/** A service that can be told to run before its time. */
export interface WakeableService extends Service {
  wake(): void
}
