import type { LogStream, StepObserver } from '@tidemill/core'

/** Kept of one attempt's output; the rest is counted. */
const MAX_LOG_BYTES = 100 * 1024 * 1024

export interface AttemptLog {
  line(stream: LogStream, text: string): void
  /** A line of Tidemill's own. */
  system(text: string): void
  /** Says how much was left out, if anything was. */
  end(): void
}

/** Stamps lines with the time and stops passing the command's on above the limit; Tidemill's own always pass. */
export const createAttemptLog = (observer: StepObserver): AttemptLog => {
  let size = 0
  let dropped = 0
  const emit = (stream: LogStream, text: string) => observer.onLine({ stream, time: Date.now(), text })
  return {
    line(stream, text) {
      const bytes = Buffer.byteLength(text) + 1
      if (size + bytes > MAX_LOG_BYTES) {
        dropped += bytes
        return
      }
      size += bytes
      emit(stream, text)
    },
    system: (text) => emit('system', text),
    end() {
      if (dropped > 0) emit('system', `The log reached ${MAX_LOG_BYTES} bytes: ${dropped} more bytes were left out`)
    },
  }
}
