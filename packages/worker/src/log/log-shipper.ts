import type { Clock, Logger, LogLine, LogStream } from '@tidemill/core'
import { withTimeLimit } from '../time-limit.ts'
import { toLogText } from './log-text.ts'

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

export interface LogLimits {
  /** Bytes of UTF-8 in one line. @default 64 KiB */
  readonly lineBytes: number
  /** Bytes that wait to be stored; what comes on top is dropped and counted. @default 10 MB */
  readonly pendingBytes: number
  /** Bytes of one attempt. @default 100 MB less room for the marker */
  readonly attemptBytes: number
  /** Lines of one attempt. @default 999,999 */
  readonly attemptLines: number
  /** ms between two appends, unless a batch is full. @default 250 */
  readonly intervalMs: number
  /** ms that one append may take before it is tried again. @default 10,000 */
  readonly appendMs: number
}

const DEFAULT_LIMITS: LogLimits = {
  lineBytes: 64 * 1024,
  pendingBytes: 10_000_000,
  attemptBytes: 100_000_000 - 1_000,
  attemptLines: 999_999,
  intervalMs: 250,
  appendMs: 10_000,
}
const BATCH_LINES = 500
const BATCH_BYTES = 1_000_000
/** Memory of a line beside its text. */
const LINE_OVERHEAD_BYTES = 64
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 2_000

export interface LogShipper {
  /** Takes a line and returns at once. After `close` it does nothing. */
  write(line: { readonly stream: LogStream; readonly time: number; readonly text: string }): void
  /** Number of the last line that was accepted. */
  readonly lastLine: number
  /** Takes no more lines and sends what waits. False: after `limitMs`, or with a lost lease, some were not stored. */
  close(limitMs: number): Promise<boolean>
}

interface PendingLine {
  readonly line: LogLine
  readonly bytes: number
}

/**
 * Numbers the lines of one attempt and stores them in order and in batches: the first line at once, the next ones
 * after `intervalMs` or when a batch is full. Its memory is bounded: what cannot be stored in time is dropped and a
 * marker line says how much.
 */
export const createLogShipper = (options: LogShipperOptions): LogShipper => {
  const { append, onLeaseLost, mask, clock, logger } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  const pending: PendingLine[] = []
  let pendingBytes = 0
  let attemptBytes = 0
  let lastLine = 0
  let dropped = 0
  let failures = 0
  let lastSentAt = -Infinity
  let state: 'open' | 'full' | 'closing' | 'closed' = 'open'
  let isSending = false
  let timer: NodeJS.Timeout | undefined
  let onDrained: ((isStored: boolean) => void) | undefined

  const push = (stream: LogStream, time: number, text: string): void => {
    const bytes = Buffer.byteLength(text) + LINE_OVERHEAD_BYTES
    lastLine += 1
    pending.push({ line: { number: lastLine, stream, time, text }, bytes })
    pendingBytes += bytes
    attemptBytes += bytes - LINE_OVERHEAD_BYTES
  }

  const pushDropMarker = (time: number): void => {
    if (dropped === 0) return
    push('system', time, `… ${dropped} lines dropped: the log came faster than it could be stored`)
    dropped = 0
  }

  const schedule = (): void => {
    if (isSending || pending.length === 0 || state === 'closed') return
    clearTimeout(timer)
    const isDue = state === 'closing' || pending.length >= BATCH_LINES
    const retryMs = failures === 0 ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS)
    const waitMs = isDue ? 0 : lastSentAt + limits.intervalMs - clock.now()
    timer = setTimeout(() => void send(), Math.max(waitMs, retryMs, 0))
  }

  const send = async (): Promise<void> => {
    isSending = true
    lastSentAt = clock.now()
    const batch = takeBatch(pending)
    try {
      const isHeld = await withTimeLimit(
        () => append(batch.map(({ line }) => line)),
        limits.appendMs,
        'The database did not store log lines in time',
      )
      failures = 0
      if (isHeld) {
        pending.splice(0, batch.length)
        pendingBytes -= batch.reduce((sum, { bytes }) => sum + bytes, 0)
      } else {
        end(false)
        onLeaseLost()
      }
    } catch (error) {
      failures += 1
      if (failures === 1) logger.warn({ err: error }, 'Log lines could not be stored; they are sent again')
    }
    isSending = false
    if (pending.length === 0) onDrained?.(true)
    schedule()
  }

  const end = (isStored: boolean): void => {
    state = 'closed'
    clearTimeout(timer)
    pending.length = 0
    pendingBytes = 0
    onDrained?.(isStored)
  }

  return {
    get lastLine() {
      return lastLine
    },
    write: ({ stream, time, text }) => {
      if (state !== 'open') return
      const kept = toLogText(mask(text), limits.lineBytes)
      const bytes = Buffer.byteLength(kept)
      if (pendingBytes + bytes + LINE_OVERHEAD_BYTES > limits.pendingBytes) {
        dropped += 1
        return
      }
      pushDropMarker(time)
      if (attemptBytes + bytes > limits.attemptBytes || lastLine + 1 >= limits.attemptLines) {
        push('system', time, '… the log ends here: an attempt keeps at most 100 MB or a million lines')
        state = 'full'
      } else {
        push(stream, time, kept)
      }
      schedule()
    },
    close: async (limitMs) => {
      if (state === 'closed') return false
      pushDropMarker(Date.now())
      state = 'closing'
      if (pending.length === 0) {
        end(true)
        return true
      }
      const drained = new Promise<boolean>((resolve) => {
        onDrained = resolve
      })
      schedule()
      const limit = setTimeout(() => end(false), limitMs)
      const isStored = await drained
      clearTimeout(limit)
      end(isStored)
      return isStored
    },
  }
}

const takeBatch = (pending: readonly PendingLine[]): readonly PendingLine[] => {
  let bytes = 0
  let count = 0
  for (const line of pending) {
    bytes += line.bytes
    if (count === BATCH_LINES || (count > 0 && bytes > BATCH_BYTES)) break
    count += 1
  }
  return pending.slice(0, count)
}
