import { randomBytes } from 'node:crypto'
import { availableParallelism, hostname } from 'node:os'
import type { Clock, Dispatcher, EngineStore, Logger, StepExecutor, TrackingStore } from '@tidemill/core'
import { type AttemptUsers, maskTokens } from './attempt/attempt-access.ts'
import type { LogArchive } from './attempt/log-archive.ts'
import { createRunningAttempts } from './attempt/running-attempts.ts'
import { createTicketHandler } from './attempt/ticket-handler.ts'
import { createSecretMask } from './log/secret-mask.ts'
import { BEAT_INTERVAL_MS, beatIntervalMs, createHeartbeat } from './services/heartbeat.ts'
import { createRelay } from './services/relay.ts'
import { createSweeper, type LeftoverRemover } from './services/sweeper.ts'
import { createSlots } from './slots.ts'
import { withTimeLimit } from './time-limit.ts'

export interface WorkerOptions {
  readonly engine: EngineStore
  readonly tracking: TrackingStore
  readonly users: AttemptUsers
  readonly dispatcher: Dispatcher
  readonly executor: StepExecutor & LeftoverRemover
  /** Keeps the whole log of an attempt with the artifacts of its run. */
  readonly archiveLog: LogArchive
  /** `MLFLOW_TRACKING_URI` of the steps. */
  readonly trackingUri: string
  /** Attempts at once. @default the number of cores */
  readonly concurrency?: number
  /** ms that running attempts get to end by themselves when the worker is disposed of. @default 0 */
  readonly drainMs?: number
  /** Shown to people. @default the host name */
  readonly host?: string
  /** Values that are masked in logs, reasons and tags. */
  readonly secrets?: readonly string[]
  readonly logger: Logger
}

export interface RunningWorker extends AsyncDisposable {
  /** `<host>-<pid>-<random>` */
  readonly workerId: string
}

const SIGN_OFF_LIMIT_MS = 1_000

/**
 * Starts a worker: it claims and runs attempts, relays the outbox, renews leases and sweeps. Its disposal takes no
 * more tickets, lets attempts end for `drainMs`, then stops them in a way that has them taken over elsewhere.
 * What it was given (stores, dispatcher, executor) stays open.
 */
export const startWorker = async (options: WorkerOptions): Promise<RunningWorker> => {
  const { engine, dispatcher, logger } = options
  const clock: Clock = performance
  const host = options.host ?? hostname()
  const concurrency = options.concurrency ?? availableParallelism()
  const workerId = `${host}-${process.pid}-${randomBytes(4).toString('hex')}`

  const slots = createSlots(concurrency, clock)
  const running = createRunningAttempts(clock, logger)
  const relay = createRelay({ engine, dispatcher, logger })
  const heartbeat = createHeartbeat({ engine, workerId, running, clock, logger })
  const sweeper = createSweeper({
    engine,
    dispatcher,
    leftovers: options.executor,
    hasBeenIdleFor: (ms) => slots.hasBeenIdleFor(ms),
    logger,
  })
  const services = [relay, heartbeat, sweeper]
  const stopping = new AbortController()
  const maskSecrets = createSecretMask(options.secrets ?? [])
  const handle = createTicketHandler({
    context: { ...options, mask: (text) => maskTokens(maskSecrets(text)), clock },
    workerId,
    running,
    onClaimed: ({ leaseMs }) => {
      // The pause before the next beat may be longer than a short lease allows.
      if (beatIntervalMs(leaseMs) < BEAT_INTERVAL_MS) heartbeat.wake()
    },
    stopping: stopping.signal,
  })

  await engine.registerWorker({ workerId, host, pid: process.pid, concurrency })
  const stopListening = await engine.onWake(({ topic }) => {
    if (topic === 'outbox') relay.wake()
    if (topic === 'cancel') heartbeat.wake()
  })
  for (const service of services) service.start()
  const consumer = await dispatcher.consume({
    concurrency,
    handle: async (ticket) => {
      using _slot = slots.take()
      await handle(ticket)
    },
  })
  logger.info({ workerId, concurrency }, 'Worker started')

  const stop = async (): Promise<void> => {
    stopping.abort(new Error('the worker is stopping'))
    // Waits for the attempts, which the services still serve.
    const consumed = consumer[Symbol.asyncDispose]()
    const drained = setTimeout(() => running.stopAll(), options.drainMs ?? 0)
    await consumed
    clearTimeout(drained)
    await Promise.all([stopListening(), ...services.map((service) => service.stop())])
    await signOff(engine, workerId, logger)
  }
  let stopped: Promise<void> | undefined
  return {
    workerId,
    [Symbol.asyncDispose]: () => {
      stopped ??= stop()
      return stopped
    },
  }
}

/** A worker that cannot sign off is taken for dead a lease later. */
const signOff = async (engine: EngineStore, workerId: string, logger: Logger): Promise<void> => {
  try {
    await withTimeLimit(() => engine.removeWorker(workerId), SIGN_OFF_LIMIT_MS, 'The database did not answer in time')
    logger.info({ workerId }, 'Worker stopped')
  } catch (error) {
    logger.warn({ workerId, err: error }, 'Worker stopped without signing off')
  }
}
