/** Lets a few lines of each source through at once, then one a second; of those between, the last one waits. */
export interface LineThrottle {
  push(source: string, line: string): void
  /** Writes what waits, of one source or of all. */
  flush(source?: string): void
}

interface Source {
  /** Lines that may be written at once. */
  credit: number
  /** When `credit` was counted, on the monotonic clock in ms. */
  countedAt: number
  held?: string
  timer?: NodeJS.Timeout
}

const LINE_EVERY_MS = 1_000
/** The first lines say what goes on: fetching, building. */
const BURST = 2

/** A line that waits is written a second after the one before at the latest, so that the last one is never lost. */
export const createLineThrottle = (write: (line: string) => void): LineThrottle => {
  const sources = new Map<string, Source>()

  const flushSource = (source: Source): void => {
    clearTimeout(source.timer)
    delete source.timer
    const { held } = source
    if (held === undefined) return
    delete source.held
    refill(source)
    source.credit = Math.max(0, source.credit - 1)
    write(held)
  }

  return {
    push: (name, line) => {
      const source = sources.get(name) ?? { credit: BURST, countedAt: performance.now() }
      sources.set(name, source)
      source.held = line
      refill(source)
      if (source.credit >= 1) flushSource(source)
      else if (source.timer === undefined) {
        source.timer = setTimeout(() => flushSource(source), (1 - source.credit) * LINE_EVERY_MS)
        source.timer.unref()
      }
    },
    flush: (name) => {
      for (const [key, source] of sources) {
        if (name === undefined || key === name) flushSource(source)
      }
    },
  }
}

const refill = (source: Source): void => {
  const now = performance.now()
  source.credit = Math.min(BURST, source.credit + (now - source.countedAt) / LINE_EVERY_MS)
  source.countedAt = now
}
