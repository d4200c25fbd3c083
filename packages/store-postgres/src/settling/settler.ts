import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '@tidemill/core'
import type { OpenDatabase } from '../database/open-database.ts'
import { compactRun, findRunsToCompact } from './compact-run.ts'
import { groupByTail } from './fold-metrics.ts'
import { findUnsettledRuns, settleRuns } from './settle-runs.ts'
import { vacuumTables } from './vacuum-tables.ts'

/** A run that was not written to for this long is settled. */
const QUIET_MS = 400
/** One that is written to all the time is settled this often; until then its readers fold the tail themselves. */
const BUSY_MS = 10_000
const TICK_MS = 200
/** Between looks for runs that another process left unsettled. */
const SWEEP_MS = 15_000
/** Between looks for tables of the embedded store that changed much, while runs are written. */
const UPKEEP_MS = 5_000
const RUNS_PER_TRANSACTION = 50
const RUNS_PER_SWEEP = 500

export interface Settler {
  /** Hears of runs whose data changed, after the commit. */
  noteWritten(runs: readonly { readonly runKey: number }[]): void
  /** Ends after the transaction under way; what is unsettled stays so for the next process. */
  stop(): Promise<void>
}

interface Written {
  readonly firstAt: number
  readonly lastAt: number
}

/**
 * Settles and compacts in the background. Several processes may do it on one database: each takes first what it wrote
 * itself, and nobody waits for a run that another one has locked. It rests as long as it works.
 */
export const startSettler = (database: OpenDatabase, logger?: Logger): Settler => {
  const { db } = database
  const written = new Map<number, Written>()
  const stopping = new AbortController()
  let sweepAt = performance.now() + SWEEP_MS
  let upkeepAt = performance.now() + UPKEEP_MS
  let timer: NodeJS.Timeout | undefined
  let isIdle = true
  let turn = Promise.resolve()

  const arm = (): void => {
    if (stopping.signal.aborted) return
    isIdle = written.size === 0
    timer = setTimeout(run, isIdle ? Math.max(TICK_MS, sweepAt - performance.now()) : TICK_MS)
    timer.unref()
  }
  const run = (): void => {
    turn = takeTurn()
      .catch((error: unknown) => logger?.warn({ error }, 'settling runs failed and is tried again'))
      .finally(arm)
  }
  const takeTurn = async (): Promise<void> => {
    await settle(takeDue(written))
    if (performance.now() >= upkeepAt) await keepUp()
    if (performance.now() < sweepAt) return
    sweepAt = performance.now() + SWEEP_MS
    let last = 0
    while (!stopping.signal.aborted) {
      const found = await findUnsettledRuns(db, last, RUNS_PER_SWEEP)
      if (found.length === 0) return
      last = found.at(-1) ?? last
      await settle(found.filter((runKey) => !written.has(runKey)))
    }
  }
  const keepUp = async (): Promise<void> => {
    if (database.kind === 'pglite') await vacuumTables(database, rest, stopping.signal)
    upkeepAt = performance.now() + UPKEEP_MS
  }
  const settle = async (runKeys: readonly number[]): Promise<void> => {
    if (runKeys.length === 0) return
    for (const wanted of await groupByTail(db, runKeys, RUNS_PER_TRANSACTION)) {
      if (stopping.signal.aborted) return
      const startedAt = performance.now()
      const settled = new Set(await settleRuns(db, wanted))
      noteWritten(wanted.filter((runKey) => !settled.has(runKey)).map((runKey) => ({ runKey })))
      await compact([...settled])
      await rest(performance.now() - startedAt)
    }
  }
  const compact = async (runKeys: readonly number[]): Promise<void> => {
    for (const { runKey, isUrgent } of await findRunsToCompact(db, runKeys)) {
      let hasMore = isUrgent || !written.has(runKey)
      while (hasMore && !stopping.signal.aborted) {
        const startedAt = performance.now()
        hasMore = await compactRun(db, runKey)
        await rest(performance.now() - startedAt)
      }
    }
  }
  const rest = (ms: number): Promise<void> =>
    delay(ms, undefined, { ref: false, signal: stopping.signal }).catch(() => undefined)
  const noteWritten: Settler['noteWritten'] = (runs) => {
    const now = performance.now()
    for (const { runKey } of runs) {
      written.set(runKey, { firstAt: written.get(runKey)?.firstAt ?? now, lastAt: now })
    }
    if (!isIdle || runs.length === 0 || stopping.signal.aborted) return
    clearTimeout(timer)
    arm()
  }

  arm()
  return {
    noteWritten,
    stop: async () => {
      stopping.abort()
      clearTimeout(timer)
      await turn
    },
  }
}

/** Those that are quiet, and those that have waited long enough. */
const takeDue = (written: Map<number, Written>): number[] => {
  const now = performance.now()
  const due: number[] = []
  for (const [runKey, { firstAt, lastAt }] of written) {
    if (now - lastAt < QUIET_MS && now - firstAt < BUSY_MS) continue
    written.delete(runKey)
    due.push(runKey)
  }
  return due.sort((a, b) => a - b)
}
