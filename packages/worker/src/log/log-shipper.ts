import type { Clock, Logger, LogLine, LogStream } from '@tidemill/core'
import { withTimeLimit } from '../time-limit.ts'
import { createLineBuffer, type LineBuffer, type LineBufferLimits } from './line-buffer.ts'

export interface LogShipperOptions {
  /** Stores lines; a resend must be harmless. False: the lease is lost. */
  readonly append: (lines: readonly LogLine[]) => Promise<boolean>
  readonly onLeaseLost: () => void
  /** Takes secrets out of a line. */
  readonly mask: (text: string) => string
  readonly clock: Clock
  readonly logger: Logger
  readonly limits?: Partial<LogLimits>
}

export interface LogLimits extends LineBufferLimits {
  /** ms between two appends, unless a batch is full. */
  readonly intervalMs: number
  /** ms that one append may take before it is tried again. */
  readonly appendMs: number
}

/** The store drops lines above 100 MB or a million of an attempt: the marker that says so still fits. */
const DEFAULT_LIMITS: LogLimits = {
  lineBytes: 64 * 1024,
  pendingBytes: 10_000_000,
  attemptBytes: 100_000_000 - 1_000,
  attemptLines: 999_999,
  intervalMs: 250,
  appendMs: 10_000,
}
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2_000

export interface LogShipper {
  /** Takes a line and returns at once. After `close` it does nothing. */
  write(line: { readonly stream: LogStream; readonly time: number; readonly text: string }): void
  /** Number of the last line that was taken. */
  readonly lastLine: number
  /** Takes no more lines and sends what waits. False: after `limitMs`, or with a lost lease, some were not stored. */
  close(limitMs: number): Promise<boolean>
}

/**
 * Stores the lines of one attempt in order and in batches: the first line at once, the next ones after `intervalMs` or
 * when a batch is full. What cannot be stored in time is dropped, and a marker line says how much.
 */
export const createLogShipper = (options: LogShipperOptions): LogShipper => {
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const buffer = createLineBuffer(limits)
  const sender = createSender(buffer, limits, options)
  let isOpen = true
  return {
    get lastLine() {
      return buffer.lastLine
    },
    write: ({ stream, time, text }) => {
      if (!isOpen) return
      // Masked before it is cut: no half of a secret may be left.
      buffer.add(stream, time, options.mask(text))
      sender.schedule()
    },
    close: async (limitMs) => {
      if (!isOpen) return false
      isOpen = false
      buffer.addDropMarker(Date.now())
      return sender.drain(limitMs)
    },
  }
}

interface Sender {
  /** Sends what waits when it is due. */
  schedule(): void
  /** Sends everything without a pause, then ends. */
  drain(limitMs: number): Promise<boolean>
}

const createSender = (
  buffer: LineBuffer,
  limits: LogLimits,
  { append, onLeaseLost, clock, logger }: LogShipperOptions,
): Sender => {
  const drained = Promise.withResolvers<boolean>()
  let state: 'open' | 'draining' | 'ended' = 'open'
  let isSending = false
  let failures = 0
  let lastSentAt = -Infinity
  let timer: NodeJS.Timeout | undefined

  const end = (isStored: boolean): void => {
    state = 'ended'
    clearTimeout(timer)
    buffer.clear()
    drained.resolve(isStored)
  }

  const schedule = (): void => {
    if (isSending || state === 'ended') return
    if (buffer.isEmpty) {
      if (state === 'draining') end(true)
      return
    }
    clearTimeout(timer)
    const isDue = state === 'draining' || buffer.hasFullBatch
    const dueMs = isDue ? 0 : lastSentAt + limits.intervalMs - clock.now()
    const retryMs = failures === 0 ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS)
    timer = setTimeout(() => void send(), Math.max(dueMs, retryMs, 0))
  }

  const send = async (): Promise<void> => {
    isSending = true
    lastSentAt = clock.now()
    const batch = buffer.nextBatch()
    try {
      const isHeld = await withTimeLimit(
        () => append(batch),
        limits.appendMs,
        'The store did not take log lines in time',
      )
      failures = 0
      if (isHeld) {
        buffer.remove(batch.length)
      } else {
        end(false)
        onLeaseLost()
      }
    } catch (error) {
      failures += 1
      if (failures === 1) logger.warn({ err: error }, 'Log lines could not be stored; they are sent again')
    }
    isSending = false
    schedule()
  }

  return {
    schedule,
    drain: async (limitMs) => {
      if (state === 'ended') return false
      state = 'draining'
      schedule()
      const limit = setTimeout(() => end(false), limitMs)
      const isStored = await drained.promise
      clearTimeout(limit)
      return isStored
    },
  }
}
