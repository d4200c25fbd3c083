/** Monotonic time for durations; a test replaces it. */
export interface Clock {
  /** ms, never going back, of no fixed origin. */
  now(): number
}
