export type LogStream = 'stdout' | 'stderr' | 'system'

/** One line of an attempt's log. `system` lines are Tidemill's own (fetching, building, launching). */
export interface LogLine {
  /** From 1, without gaps within an attempt. */
  readonly number: number
  readonly stream: LogStream
  /** ms since the epoch. */
  readonly time: number
  /** Without the line end; at most 64 KiB, longer ones are cut with a marker. */
  readonly text: string
}
