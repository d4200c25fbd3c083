import type { OutageLog } from './outage-log.ts'
import type { WakeableService } from './service.ts'

export interface LoopOptions {
  /** `signal` is aborted by `stop`: a long run looks at it between its parts. */
  readonly run: (signal: AbortSignal) => Promise<void>
  /** ms from the end of a run to the next one, unless it is woken before. */
  readonly intervalMs: () => number
  /** ms from the start to the first run, unless it is woken before. @default 0 */
  readonly firstAfterMs?: number
  /** ms after a run that failed, by failures in a row (from 1). A wake does not cut it short. @default intervalMs */
  readonly retryMs?: (failures: number) => number
  readonly outage: OutageLog
}

/** Runs again and again, one run at a time; an error is reported and never ends it. */
export const createLoop = ({ run, intervalMs, firstAfterMs = 0, retryMs, outage }: LoopOptions): WakeableService => {
  const stopping = new AbortController()
  let isWoken = false
  let endPause: (() => void) | undefined
  let running: Promise<void> | undefined

  const pause = (ms: number, isWakeable: boolean): Promise<void> =>
    new Promise((resolve) => {
      if (stopping.signal.aborted || (isWakeable && isWoken)) return resolve()
      const end = (): void => {
        clearTimeout(timer)
        stopping.signal.removeEventListener('abort', end)
        endPause = undefined
        resolve()
      }
      const timer = setTimeout(end, ms)
      stopping.signal.addEventListener('abort', end)
      if (isWakeable) endPause = end
    })

  const loop = async (): Promise<void> => {
    let failures = 0
    if (firstAfterMs > 0) await pause(firstAfterMs, true)
    while (!stopping.signal.aborted) {
      isWoken = false
      try {
        await run(stopping.signal)
        failures = 0
        outage.ended()
      } catch (error) {
        failures += 1
        outage.failed(error)
      }
      await pause(failures > 0 && retryMs !== undefined ? retryMs(failures) : intervalMs(), failures === 0)
    }
  }

  return {
    start: () => {
      running ??= loop()
    },
    stop: async () => {
      stopping.abort()
      await running
    },
    runOnce: () => run(stopping.signal),
    wake: () => {
      isWoken = true
      endPause?.()
    },
  }
}
