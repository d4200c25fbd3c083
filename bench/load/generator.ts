/** The load generator, a process of its own: takes a job, warms up, waits for `go`, measures, answers the result. */
import { setTimeout as delay } from 'node:timers/promises'
import { quantile } from '../processes/quantile.ts'
import { type Connection, createConnection } from './connection.ts'
import type { GeneratorMessage, GeneratorOrder, LoadJob, LoadResult } from './job.ts'

interface Tally {
  readonly latencies: number[]
  errors: number
  firstError: string | undefined
  receivedBytes: number
}

const TICK_MS = 1
const ERROR_PAUSE_MS = 20

const newTally = (): Tally => ({ latencies: [], errors: 0, firstError: undefined, receivedBytes: 0 })

const call = async (connection: Connection, tally: Tally, intendedAt: number): Promise<void> => {
  try {
    const { status, receivedBytes, text } = await connection.next()
    tally.receivedBytes += receivedBytes
    if (status === 200) tally.latencies.push(performance.now() - intendedAt)
    else await fail(tally, `${status} ${text.slice(0, 300)}`)
  } catch (error) {
    await fail(tally, String(error))
  }
}

const fail = async (tally: Tally, message: string): Promise<void> => {
  tally.errors++
  tally.firstError ??= message
  // A server that is away would be asked ten thousand times a second.
  await delay(ERROR_PAUSE_MS)
}

/** Every connection asks again as soon as it has its answer. */
const runClosed = async (
  connections: readonly Connection[],
  tally: Tally,
  limits: { readonly ms: number; readonly calls: number },
): Promise<void> => {
  const end = performance.now() + limits.ms
  let left = limits.calls
  await Promise.all(
    connections.map(async (connection) => {
      while (performance.now() < end && left-- > 0) await call(connection, tally, performance.now())
    }),
  )
}

/** Calls are due at even times; one that finds every connection busy waits, and its wait counts. */
const runOpen = async (connections: readonly Connection[], tally: Tally, ms: number, rate: number): Promise<void> => {
  const startedAt = performance.now()
  const total = Math.floor((ms / 1000) * rate)
  const idle = [...connections]
  const inFlight = new Set<Promise<void>>()
  let next = 0
  const play = async (connection: Connection, intendedAt: number): Promise<void> => {
    await call(connection, tally, intendedAt)
    idle.push(connection)
    launch()
  }
  const launch = (): void => {
    while (next < total && idle.length > 0) {
      const intendedAt = startedAt + (next / rate) * 1000
      if (intendedAt > performance.now()) return
      const connection = idle.pop()
      if (connection === undefined) return
      next++
      const done = play(connection, intendedAt)
      inFlight.add(done)
      void done.finally(() => inFlight.delete(done))
    }
  }
  while (next < total) {
    launch()
    await delay(TICK_MS)
  }
  await Promise.all(inFlight)
}

const run = async (job: LoadJob): Promise<LoadResult> => {
  const connections = Array.from({ length: job.connections }, (_, index) =>
    createConnection(job.origin, job.scripts[index % job.scripts.length] ?? [], job.firstCounter),
  )
  const warmUp = newTally()
  await runClosed(connections, warmUp, { ms: job.warmUpMs, calls: Number.POSITIVE_INFINITY })
  tell({ kind: 'warm' })
  await new Promise<void>((resolve) => process.once('message', () => resolve()))
  const tally = newTally()
  const startedAt = performance.now()
  if (job.rate === undefined) {
    await runClosed(connections, tally, { ms: job.measureMs, calls: job.maxCalls ?? Number.POSITIVE_INFINITY })
  } else {
    await runOpen(connections, tally, job.measureMs, job.rate)
  }
  const seconds = (performance.now() - startedAt) / 1000
  const rounds = connections.map((connection) => connection.rounds)
  const captured = connections.map((connection) => connection.captured)
  await Promise.all(connections.map((connection) => connection.close()))
  const firstError = warmUp.firstError ?? tally.firstError
  return {
    calls: tally.latencies.length,
    seconds,
    errors: warmUp.errors + tally.errors,
    ...(firstError === undefined ? {} : { firstError }),
    p50: quantile(tally.latencies, 0.5),
    p95: quantile(tally.latencies, 0.95),
    p99: quantile(tally.latencies, 0.99),
    max: quantile(tally.latencies, 1),
    receivedBytes: tally.receivedBytes,
    rounds,
    captured,
  }
}

const tell = (message: GeneratorMessage): void => {
  process.send?.(message)
}

// The bench is gone, or has its result.
process.once('disconnect', () => process.exit())

process.once('message', (order: GeneratorOrder) => {
  if (order.kind !== 'job') throw new Error('The first order is a job')
  void run(order.job).then((result) => {
    tell({ kind: 'done', result })
    process.disconnect()
  })
})
