import type {
  AttemptEnd,
  ClaimedAttempt,
  Clock,
  EngineStore,
  Logger,
  StepExecution,
  StepExecutor,
  TrackingStore,
} from '@tidemill/core'
import { createLogShipper, type LogShipper } from '../log/log-shipper.ts'
import { withTimeLimit } from '../time-limit.ts'
import { toFailedEnd, toFinalEnd, toStoppedEnd, toStoredEnd } from './attempt-end.ts'
import { type AttemptUsers, toLoginVariables, validateReads } from './attempt-access.ts'
import { type AttemptInputs, resolveInputs } from './attempt-inputs.ts'
import { createAttemptObserver } from './attempt-observer.ts'
import { type LogArchive, readLogText } from './log-archive.ts'
import { persist } from './persist.ts'
import { toRunTags } from './run-tags.ts'
import { LeaseLostError, type RunningAttempt } from './running-attempts.ts'

export interface AttemptContext {
  readonly engine: EngineStore
  readonly tracking: TrackingStore
  readonly executor: StepExecutor
  readonly archiveLog: LogArchive
  readonly users: AttemptUsers
  /** What the step's own clients are told to log to. */
  readonly trackingUri: string
  readonly mask: (text: string) => string
  readonly clock: Clock
  readonly logger: Logger
}

/** How long an outage of the store may last before the attempt is left to the sweeper, in ms. */
const PREPARE_LIMIT_MS = 20_000
const FLUSH_LIMIT_MS = 60_000
const FINISH_LIMIT_MS = 60_000
const ARCHIVE_LIMIT_MS = 120_000
/** A worker that is stopping does not wait long: the lines are in the store already. */
const ARCHIVE_LIMIT_WHEN_STOPPING_MS = 1_000

interface PreparedAttempt {
  readonly inputs: AttemptInputs
  readonly login: Readonly<Record<string, string>>
  readonly runId: string
  readonly artifactUri: string
}

/**
 * Takes a claimed attempt to its end: inputs, MLflow run, execution, log, and the fenced transaction that makes the
 * result count. Never rejects: what goes wrong becomes an end with a reason, or the lease is left to run out.
 */
export const runAttempt = async (
  claimed: ClaimedAttempt,
  attempt: RunningAttempt,
  context: AttemptContext,
): Promise<void> => {
  const { attemptId } = claimed.lease
  const { engine, logger } = context
  const fields = { attemptId, workflowRunId: claimed.workflowRunId, stepKey: claimed.stepKey }
  const shipper = createLogShipper({
    append: (lines) => engine.appendLogs(claimed.lease, lines),
    onLeaseLost: () => attempt.stop('lease_lost'),
    mask: context.mask,
    clock: context.clock,
    logger,
  })
  try {
    const prepared = await prepare(claimed, attempt, context)
    const end = 'end' in prepared ? prepared.end : await execute(claimed, attempt, prepared, shipper, context)
    const stored = toStoredEnd(toFinalEnd(end, attempt.stopCause), context.mask)
    attempt.lost.throwIfAborted()
    await keepLog(claimed, attempt, stored, 'end' in prepared ? undefined : prepared.artifactUri, shipper, context)
    const isFinished = await persist(() => engine.finishAttempt(claimed.lease, stored), {
      signal: attempt.lost,
      limitMs: FINISH_LIMIT_MS,
    })
    if (!isFinished) throw new LeaseLostError(attemptId)
    logger.info({ ...fields, kind: stored.kind, code: stored.code }, 'Attempt ended')
  } catch (error) {
    if (error instanceof LeaseLostError) logger.warn(fields, 'Attempt lost its lease; its result is dropped')
    else logger.error({ ...fields, err: error }, 'Attempt could not be finished; it is taken over when its lease ends')
  } finally {
    // After a proper end nothing is left to send.
    await shipper.close(0)
  }
}

/** Everything before the executor: a failure here is an end, not an exception. */
const prepare = async (
  claimed: ClaimedAttempt,
  attempt: RunningAttempt,
  { engine, tracking, users, logger }: AttemptContext,
): Promise<PreparedAttempt | { readonly end: AttemptEnd }> => {
  const options = { signal: attempt.lost, limitMs: PREPARE_LIMIT_MS }
  try {
    const inputs = await persist(() => resolveInputs(claimed, tracking), options)
    await persist(() => validateReads(claimed, inputs, users), options)
    const params = inputs.parameters.map(({ name, value }) => ({ key: name, value }))
    const run = await persist(() => engine.prepareAttempt(claimed.lease, { params, tags: toRunTags(claimed) }), options)
    const login = run === undefined ? undefined : await persist(() => toLoginVariables(claimed, users), options)
    if (run === undefined || login === undefined) {
      attempt.stop('lease_lost')
      throw new LeaseLostError(claimed.lease.attemptId)
    }
    return attempt.stopCause === undefined ? { inputs, login, ...run } : { end: toStoppedEnd(attempt.stopCause) }
  } catch (error) {
    if (error instanceof LeaseLostError) throw error
    const end = toFailedEnd(error, claimed.lease.attemptId)
    if (end.code === 'internal') {
      logger.error({ attemptId: claimed.lease.attemptId, err: error }, 'Attempt could not be prepared')
    }
    return { end }
  }
}

const execute = async (
  claimed: ClaimedAttempt,
  attempt: RunningAttempt,
  prepared: PreparedAttempt,
  shipper: LogShipper,
  context: AttemptContext,
): Promise<AttemptEnd> => {
  const { attemptId } = claimed.lease
  const observer = createAttemptObserver({ ...context, attempt, runId: prepared.runId, shipper })
  try {
    const handle = context.executor.start(toExecution(claimed, prepared, context.trackingUri), observer)
    attempt.attach(handle)
    const end = await handle.wait()
    if (observer.failure !== undefined) throw observer.failure
    return end
  } catch (error) {
    if (error instanceof LeaseLostError) throw error
    context.logger.error({ attemptId, err: error }, 'Attempt could not be executed')
    return toFailedEnd(new Error('execution failed', { cause: error }), attemptId)
  }
}

const toExecution = (
  claimed: ClaimedAttempt,
  { inputs, login, runId }: PreparedAttempt,
  trackingUri: string,
): StepExecution => ({
  attemptId: claimed.lease.attemptId,
  source: claimed.source,
  spec: claimed.spec,
  entryPoint: inputs.entryPoint,
  parameters: inputs.parameters,
  buildImage: claimed.buildImage,
  variables: {
    MLFLOW_RUN_ID: runId,
    MLFLOW_TRACKING_URI: trackingUri,
    MLFLOW_EXPERIMENT_ID: claimed.experimentId,
    TIDEMILL_ATTEMPT_ID: claimed.lease.attemptId,
    TIDEMILL_WORKFLOW_RUN_ID: claimed.workflowRunId,
    ...login,
  },
  ...(claimed.environmentManager === undefined ? {} : { environmentManager: claimed.environmentManager }),
  ...(claimed.timeoutMs === undefined ? {} : { timeoutMs: claimed.timeoutMs }),
})

/** Stores the last lines and keeps the whole log with the run's artifacts. Only a lost lease is thrown. */
const keepLog = async (
  claimed: ClaimedAttempt,
  attempt: RunningAttempt,
  end: AttemptEnd,
  artifactUri: string | undefined,
  shipper: LogShipper,
  { engine, archiveLog, logger }: AttemptContext,
): Promise<void> => {
  for (const text of end.reason?.split('\n') ?? []) shipper.write({ stream: 'system', time: Date.now(), text })
  const isStored = await shipper.close(FLUSH_LIMIT_MS)
  attempt.lost.throwIfAborted()
  const { attemptId } = claimed.lease
  if (!isStored) logger.error({ attemptId }, 'The last log lines of an attempt could not be stored')
  if (artifactUri === undefined || shipper.lastLine === 0) return
  const isHeld = await persist(() => engine.markFinalizing(claimed.lease), {
    signal: attempt.lost,
    limitMs: FINISH_LIMIT_MS,
  })
  if (!isHeld) throw new LeaseLostError(attemptId)
  try {
    await withTimeLimit(
      () => archiveLog(artifactUri, `logs/attempt-${claimed.number}.log`, readLogText(engine, attemptId)),
      attempt.stopCause === 'worker_stopped' ? ARCHIVE_LIMIT_WHEN_STOPPING_MS : ARCHIVE_LIMIT_MS,
      'The artifact store did not take the log in time',
    )
  } catch (error) {
    // The log stays readable in the database.
    logger.warn({ attemptId, artifactUri, err: error }, 'The log of an attempt could not be archived')
  }
}
