import type { LogLineWire, WorkflowRunWire } from '@tidemill/core'
import type { StepAttempt } from '../following/list-attempts.ts'

/** Shows people how a workflow run goes. */
export interface Progress {
  onUpdate(run: WorkflowRunWire): void
  /** A line of Tidemill's own about an attempt: fetching, building, launching. */
  onPhaseLine(line: LogLineWire, attempt: StepAttempt): void
  /** Writes something of an attempt's output without tearing what is drawn. */
  print(write: () => void, attempt: StepAttempt): void
  stop(): void
}
