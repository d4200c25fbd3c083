import type { WorkflowRunState, WorkflowRunWire } from '@tidemill/core'
import { durationOf, formatDuration } from '../output/duration.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'

/** The exit code that an ended workflow run gives to the command that waited for it. */
export const toExitCode = (state: WorkflowRunState): ExitCode => {
  if (state === 'SUCCEEDED') return EXIT_CODES.success
  return state === 'CANCELLED' ? EXIT_CODES.cancelled : EXIT_CODES.failure
}

/** `FAILED after 12.3s: train failed with exit code 1. MLflow run 1f0c…, http://…` */
export const toOutcomeLine = (run: WorkflowRunWire, url: string | undefined): string => {
  const duration = durationOf({ started_at: run.created_at, ended_at: run.ended_at }, Date.now())
  const after = duration === undefined ? '' : ` after ${formatDuration(duration)}`
  const reason = run.reason === undefined ? '' : `: ${run.reason.replace(/\.$/, '')}`
  return `${run.state}${after}${reason}. MLflow run ${run.run_id}${url === undefined ? '' : `, ${url}`}`
}
