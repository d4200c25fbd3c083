import type { LogLine, LogStream } from '@tidemill/core'
import { toLogText } from './log-text.ts'

export interface LineBufferLimits {
  /** Bytes of UTF-8 in one line. */
  readonly lineBytes: number
  /** Bytes that wait to be stored; what comes on top is dropped and counted. */
  readonly pendingBytes: number
  /** Bytes of one attempt. */
  readonly attemptBytes: number
  /** Lines of one attempt. */
  readonly attemptLines: number
}

/** One batch. */
const BATCH_LINES = 500
const BATCH_BYTES = 1_000_000
/** Memory of a line beside its text. */
const LINE_OVERHEAD_BYTES = 64

/** The lines of one attempt that wait to be stored, numbered from 1 without gaps. Its memory is bounded. */
export interface LineBuffer {
  /** Takes a line, or counts it as dropped. */
  add(stream: LogStream, time: number, text: string): void
  /** Puts in the line that says how many were dropped, if any. */
  addDropMarker(time: number): void
  /** The oldest lines; they stay until they are removed. */
  nextBatch(): readonly LogLine[]
  /** `count` of the oldest lines are stored. */
  remove(count: number): void
  clear(): void
  readonly isEmpty: boolean
  /** A whole batch waits. */
  readonly hasFullBatch: boolean
  /** Number of the last line that was taken. */
  readonly lastLine: number
}

export const createLineBuffer = (limits: LineBufferLimits): LineBuffer => {
  const pending: { readonly line: LogLine; readonly bytes: number }[] = []
  let pendingBytes = 0
  let attemptBytes = 0
  let lastLine = 0
  let dropped = 0
  let isFull = false

  const push = (stream: LogStream, time: number, text: string, bytes: number): void => {
    lastLine += 1
    pending.push({ line: { number: lastLine, stream, time, text }, bytes: bytes + LINE_OVERHEAD_BYTES })
    pendingBytes += bytes + LINE_OVERHEAD_BYTES
    attemptBytes += bytes
  }
  const pushMarker = (time: number, text: string): void => push('system', time, text, Buffer.byteLength(text))

  const addDropMarker = (time: number): void => {
    if (dropped === 0) return
    pushMarker(time, `… ${dropped} lines dropped: the log came faster than it could be stored`)
    dropped = 0
  }

  return {
    add: (stream, time, text) => {
      if (isFull) return
      const kept = toLogText(text, limits.lineBytes)
      const bytes = Buffer.byteLength(kept)
      if (pendingBytes + bytes + LINE_OVERHEAD_BYTES > limits.pendingBytes) {
        dropped += 1
        return
      }
      addDropMarker(time)
      isFull = attemptBytes + bytes > limits.attemptBytes || lastLine + 1 >= limits.attemptLines
      if (isFull) pushMarker(time, '… the log ends here: an attempt keeps at most 100 MB or a million lines')
      else push(stream, time, kept, bytes)
    },
    addDropMarker,
    nextBatch: () => {
      let bytes = 0
      const end = pending.findIndex((line, index) => {
        bytes += line.bytes
        return index === BATCH_LINES || (index > 0 && bytes > BATCH_BYTES)
      })
      return pending.slice(0, end === -1 ? pending.length : end).map(({ line }) => line)
    },
    remove: (count) => {
      for (const { bytes } of pending.splice(0, count)) pendingBytes -= bytes
    },
    clear: () => {
      pending.length = 0
      pendingBytes = 0
    },
    get isEmpty() {
      return pending.length === 0
    },
    get hasFullBatch() {
      return pending.length >= BATCH_LINES
    },
    get lastLine() {
      return lastLine
    },
  }
}
