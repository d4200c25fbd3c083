import type { EngineStore, Logger, LogLine } from '@tidemill/core'

const BATCH_LINES = 500
/** Wakes may be lost, so the store is asked at least this often. */
const POLL_MS = 1_000

export interface LogPage {
  readonly lines: readonly LogLine[]
  /** These are all lines that there are so far. */
  readonly isComplete: boolean
  /** The attempt has ended and these are its last lines. */
  readonly isLast: boolean
}

/** The growing ends of attempts' logs, each read once for all streams of the process that follow it. */
export interface LogTails extends AsyncDisposable {
  /** Attempts that somebody follows. */
  readonly followedCount: number
  /** Resolves when wakes arrive, so that none is missed between a first read and the next. */
  follow(attemptId: string, signal: AbortSignal): Promise<LogTail>
}

/** One stream's hold on an attempt's log; the last one that is disposed frees what they share. */
interface LogTail extends Disposable {
  /** Lines from number `from`, as many as one batch has; streams that ask for the same share the answer. */
  read(from: number): Promise<LogPage>
  /** Resolves when there may be more than the latest `read` began with, or when the signal aborts. */
  news(): Promise<void>
}

interface SharedTail {
  /** Counts wakes and polls. */
  version: number
  followers: number
  /** By first line, begun in this version. */
  readonly reads: Map<number, Promise<LogPage>>
  readonly waiting: Set<() => void>
  readonly poll: NodeJS.Timeout
}

/** One subscription to the engine for all streams of the process, made with the first of them. */
export const createLogTails = (engine: Pick<EngineStore, 'onWake' | 'readLogs'>, logger: Logger): LogTails => {
  const tails = new Map<string, SharedTail>()
  let stop: Promise<(() => Promise<void>) | undefined> | undefined

  const start = async (): Promise<(() => Promise<void>) | undefined> => {
    try {
      // An attempt that ends without a worker (cancelled while queued, lost) wakes nobody here: the poll finds it.
      return await engine.onWake((wake) => {
        const tail = wake.topic === 'logs' ? tails.get(wake.attemptId) : undefined
        if (tail !== undefined) renew(tail)
      })
    } catch (error) {
      stop = undefined
      logger.warn({ error }, 'log streams poll because wakes cannot be listened to')
      return undefined
    }
  }

  const open = (attemptId: string): SharedTail => {
    const tail: SharedTail = {
      version: 0,
      followers: 0,
      reads: new Map(),
      waiting: new Set(),
      poll: setTimeout(() => renew(tail), POLL_MS),
    }
    tails.set(attemptId, tail)
    return tail
  }

  const close = (attemptId: string, tail: SharedTail): void => {
    tail.followers--
    if (tail.followers > 0) return
    clearTimeout(tail.poll)
    tails.delete(attemptId)
  }

  return {
    get followedCount() {
      return tails.size
    },
    follow: async (attemptId, signal) => {
      stop ??= start()
      await stop
      const tail = tails.get(attemptId) ?? open(attemptId)
      tail.followers++
      let seen = tail.version
      return {
        read: (from) => {
          seen = tail.version
          return readOnce(engine, attemptId, tail, from)
        },
        news: () => (seen !== tail.version || signal.aborted ? Promise.resolve() : nextNews(tail, signal)),
        [Symbol.dispose]: () => close(attemptId, tail),
      }
    },
    [Symbol.asyncDispose]: async () => {
      await (
        await stop
      )?.()
    },
  }
}

const renew = (tail: SharedTail): void => {
  tail.version++
  tail.reads.clear()
  tail.poll.refresh()
  const woken = [...tail.waiting]
  tail.waiting.clear()
  for (const wake of woken) wake()
}

const nextNews = (tail: SharedTail, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const wake = (): void => {
      tail.waiting.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    tail.waiting.add(wake)
    signal.addEventListener('abort', wake)
  })

const readOnce = (
  engine: Pick<EngineStore, 'readLogs'>,
  attemptId: string,
  tail: SharedTail,
  from: number,
): Promise<LogPage> => {
  const underway = tail.reads.get(from)
  if (underway !== undefined) return underway
  const read = engine
    .readLogs(attemptId, from, BATCH_LINES)
    .then(({ lines, ended }) => {
      const isComplete = lines.length < BATCH_LINES
      return { lines, isComplete, isLast: isComplete && ended }
    })
    .finally(() => {
      if (tail.reads.get(from) === read) tail.reads.delete(from)
    })
  tail.reads.set(from, read)
  return read
}

/**
 * An attempt's log in pages, each line once and in order from line `from`. A page without lines says that a second
 * passed without any. Ends after the page that is the last, or when `signal` aborts.
 */
export async function* followLog(
  tails: LogTails,
  { attemptId, from, signal }: { readonly attemptId: string; readonly from: number; readonly signal: AbortSignal },
): AsyncGenerator<LogPage> {
  using tail = await tails.follow(attemptId, signal)
  let next = from
  while (!signal.aborted) {
    const page = await tail.read(next)
    next = (page.lines.at(-1)?.number ?? next - 1) + 1
    yield page
    if (page.isLast) return
    if (page.isComplete) await tail.news()
  }
}
