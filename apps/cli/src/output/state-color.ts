import type { StepRunState, WorkflowRunState } from '@tidemill/core'
import pc from 'picocolors'

type Color = (text: string) => string

const COLORS: Readonly<Record<StepRunState | WorkflowRunState, Color>> = {
  QUEUED: pc.dim,
  BLOCKED: pc.dim,
  READY: pc.dim,
  RUNNING: pc.cyan,
  PAUSED: pc.yellow,
  BACKOFF: pc.yellow,
  CANCELLING: pc.yellow,
  SUCCEEDED: pc.green,
  FAILED: pc.red,
  TIMED_OUT: pc.red,
  UPSTREAM_FAILED: pc.red,
  CANCELLED: pc.yellow,
}

export const colorOf = (state: StepRunState | WorkflowRunState): Color => COLORS[state]
