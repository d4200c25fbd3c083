import type { StepRunState, WorkflowRunState } from '@tidemill/core'
import { colors } from './colors.ts'

type Color = (text: string) => string

const COLORS: Readonly<Record<StepRunState | WorkflowRunState, Color>> = {
  QUEUED: colors.dim,
  BLOCKED: colors.dim,
  READY: colors.dim,
  RUNNING: colors.cyan,
  PAUSED: colors.yellow,
  BACKOFF: colors.yellow,
  CANCELLING: colors.yellow,
  SUCCEEDED: colors.green,
  FAILED: colors.red,
  TIMED_OUT: colors.red,
  UPSTREAM_FAILED: colors.red,
  CANCELLED: colors.yellow,
}

export const colorOf = (state: StepRunState | WorkflowRunState): Color => COLORS[state]
