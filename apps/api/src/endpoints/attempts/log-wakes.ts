import type { EngineStore, Logger } from '@tidemill/core'

/** "Something happened to this attempt's log", fanned out to the streams that follow it. */
export interface LogWakes extends AsyncDisposable {
  /** Resolves when wakes arrive, so that none is missed between a first read and the next. */
  subscribe(attemptId: string, signal: AbortSignal): Promise<LogWake>
}

interface LogWake extends Disposable {
  /** Forgets wakes so far: call it before reading, so that one that comes during the read is not missed. */
  reset(): void
  /** Resolves with the next wake, after `limitMs`, or when the signal aborts. */
  wait(limitMs: number): Promise<void>
}

/** One subscription to the engine for all streams of the process, made with the first of them. */
export const createLogWakes = (engine: Pick<EngineStore, 'onWake'>, logger: Logger): LogWakes => {
  const listeners = new Map<string, Set<() => void>>()
  let stop: Promise<(() => Promise<void>) | undefined> | undefined

  const start = async (): Promise<(() => Promise<void>) | undefined> => {
    try {
      return await engine.onWake((wake) => {
        if (wake.topic === 'logs') for (const listener of listeners.get(wake.attemptId) ?? []) listener()
        // The end of an attempt comes as a change of its workflow run, which does not name the attempt.
        if (wake.topic === 'workflow_run') for (const set of listeners.values()) for (const listener of set) listener()
      })
    } catch (error) {
      stop = undefined
      logger.warn({ error }, 'log streams poll because wakes cannot be listened to')
      return undefined
    }
  }

  return {
    subscribe: async (attemptId, signal) => {
      stop ??= start()
      await stop
      const set = listeners.get(attemptId) ?? new Set<() => void>()
      listeners.set(attemptId, set)
      let isWoken = false
      let resume: (() => void) | undefined
      const listener = (): void => {
        isWoken = true
        resume?.()
      }
      set.add(listener)
      signal.addEventListener('abort', listener)
      return {
        reset: () => {
          isWoken = signal.aborted
        },
        wait: (limitMs) =>
          new Promise((resolve) => {
            if (isWoken) {
              resolve()
              return
            }
            const timer = setTimeout(() => resume?.(), limitMs)
            resume = () => {
              clearTimeout(timer)
              resume = undefined
              resolve()
            }
          }),
        [Symbol.dispose]: () => {
          set.delete(listener)
          if (set.size === 0) listeners.delete(attemptId)
          signal.removeEventListener('abort', listener)
          resume?.()
        },
      }
    },
    [Symbol.asyncDispose]: async () => {
      await (
        await stop
      )?.()
    },
  }
}
