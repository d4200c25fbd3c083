import type { EngineStore, Logger, StepObserver, TrackingStore } from '@tidemill/core'
import type { LogShipper } from '../log/log-shipper.ts'
import { persist } from './persist.ts'
import type { RunningAttempt } from './running-attempts.ts'

/** An outage of the store may delay the start of a command by this long, in ms. */
const PHASE_LIMIT_MS = 20_000

export interface AttemptObserver extends StepObserver {
  /** Why a phase could not be recorded, when that is what ended the execution. */
  readonly failure: unknown
}

/** Writes down what an executor reports. */
export const createAttemptObserver = (options: {
  readonly attempt: RunningAttempt
  readonly runId: string
  readonly shipper: LogShipper
  readonly mask: (text: string) => string
  readonly engine: EngineStore
  readonly tracking: TrackingStore
  readonly logger: Logger
}): AttemptObserver => {
  const { attempt, runId, shipper, mask, engine, tracking, logger } = options
  let failure: unknown

  const markExecuting = async (): Promise<boolean> => {
    try {
      const isHeld = await persist(() => engine.markExecuting(attempt.lease), {
        signal: attempt.lost,
        limitMs: PHASE_LIMIT_MS,
      })
      if (!isHeld) attempt.stop('lease_lost')
    } catch (error) {
      failure = error
      return false
    }
    return attempt.stopCause === undefined
  }

  return {
    get failure() {
      return failure
    },
    onLine: (line) => shipper.write(line),
    onPhase: async (phase) => {
      if (attempt.stopCause !== undefined) return false
      return phase === 'executing' ? markExecuting() : true
    },
    onTags: async (tags) => {
      try {
        await tracking.logBatch(runId, {
          metrics: [],
          params: [],
          tags: Object.entries(tags).map(([key, value]) => ({ key, value: mask(value) })),
        })
      } catch (error) {
        // Facts for people: the step itself does not need them.
        logger.warn({ attemptId: attempt.lease.attemptId, runId, err: error }, 'Tags of a run could not be set')
      }
    },
  }
}
