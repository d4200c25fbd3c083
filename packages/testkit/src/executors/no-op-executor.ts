import type { AttemptEnd, StepExecutor } from '@tidemill/core'
import { SUCCEEDED } from './scripted-executor.ts'

const CANCELLED: AttemptEnd = { kind: 'cancelled', code: 'cancelled' }

/** Steps that succeed at once and write nothing, and of which nothing is kept: what is left is the engine. */
export const createNoOpExecutor = (): StepExecutor & { removeLeftovers(): Promise<number> } => ({
  start: (_execution, observer) => {
    const ended = observer.onPhase('executing').then((isHeld) => (isHeld ? SUCCEEDED : CANCELLED))
    return { wait: () => ended, cancel: async () => undefined }
  },
  removeLeftovers: async () => 0,
})
