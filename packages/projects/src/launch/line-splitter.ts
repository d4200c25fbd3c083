/** Longest text of one log line, in bytes; the rest of the line is counted and dropped. */
export const MAX_LINE_BYTES = 64 * 1024

const LINE_FEED = 0x0a
const CARRIAGE_RETURN = 0x0d

export interface LineSplitter {
  write(chunk: Buffer): void
  /** Gives out a last line that has no line end. */
  end(): void
}

/**
 * Cuts a byte stream into lines at `\n`. Of a progress bar, which rewrites its line after each `\r`, the last state
 * stays. Holds at most one cut line, however long the line is.
 */
export const createLineSplitter = (onLine: (text: string) => void): LineSplitter => {
  let parts: Buffer[] = []
  let size = 0
  let dropped = 0
  // A `\r` right before `\n` belongs to the line end, so what it would erase is kept until the next byte is seen.
  let hasReturn = false

  const reset = () => {
    parts = []
    size = 0
    dropped = 0
    hasReturn = false
  }
  const emit = () => {
    onLine(toText(Buffer.concat(parts), dropped))
    reset()
  }
  const add = (bytes: Buffer) => {
    if (bytes.length === 0) return
    if (hasReturn) reset()
    const room = MAX_LINE_BYTES - size
    const kept = bytes.length > room ? bytes.subarray(0, room) : bytes
    if (kept.length > 0) parts.push(Buffer.from(kept))
    size += kept.length
    dropped += bytes.length - kept.length
  }
  const addRewritten = (line: Buffer) => {
    let from = 0
    for (let at = line.indexOf(CARRIAGE_RETURN); at !== -1; at = line.indexOf(CARRIAGE_RETURN, from)) {
      add(line.subarray(from, at))
      hasReturn = true
      from = at + 1
    }
    add(line.subarray(from))
  }

  return {
    write(chunk) {
      let from = 0
      for (let at = chunk.indexOf(LINE_FEED); at !== -1; at = chunk.indexOf(LINE_FEED, from)) {
        addRewritten(chunk.subarray(from, at))
        emit()
        from = at + 1
      }
      addRewritten(chunk.subarray(from))
    },
    end() {
      if (size > 0) emit()
    },
  }
}

/** NUL cannot be stored in Postgres text; a character that the cut went through is left away. */
const toText = (bytes: Buffer, dropped: number): string => {
  if (dropped === 0) return bytes.toString().replaceAll('\0', '\uFFFD')
  const marker = ` … [${dropped} more bytes cut]`
  const text = new TextDecoder().decode(bytes.subarray(0, MAX_LINE_BYTES - Buffer.byteLength(marker)), { stream: true })
  return text.replaceAll('\0', '\uFFFD') + marker
}
