import { setTimeout as delay } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Wake } from '@tidemill/core'
import type { OpenDatabase } from '../../database/open-database.ts'

const CHANNEL = 'tidemill'

/** Wakes of one NOTIFY transaction: a flush under load carries what has piled up meanwhile. */
const MAX_WAKES_PER_FLUSH = 500
/** ms that a flush waits after another one: the first wake goes at once, a stream of them goes in packs. */
const FLUSH_PAUSE_MS = 10

export interface Wakes {
  /** Call after the commit that the wakes are about. Returns at once. */
  publish(...wakes: readonly Wake[]): void
  onWake(listener: (wake: Wake) => void): Promise<() => Promise<void>>
}

/**
 * Wakes by NOTIFY. They are sent after the commit, not in it: committing a transaction that has notified takes a lock
 * of the whole server, so that all such commits would go one after the other, each waiting for the disk. Here one
 * NOTIFY transaction at a time carries every wake that is waiting, each once. A process that dies in between loses
 * wakes, as the port allows.
 */
export const createWakes = (database: OpenDatabase): Wakes => {
  const listeners = new Set<(wake: Wake) => void>()
  let listening: Promise<() => Promise<void>> | undefined
  const waiting = new Set<string>()
  let isFlushing = false

  const flush = async (): Promise<void> => {
    isFlushing = true
    try {
      while (waiting.size > 0) {
        const payloads = [...waiting].slice(0, MAX_WAKES_PER_FLUSH)
        for (const payload of payloads) waiting.delete(payload)
        await sql`select pg_notify(${CHANNEL}, payload) from unnest(${payloads}::text[]) as payload`.execute(
          database.db,
        )
        await delay(FLUSH_PAUSE_MS)
      }
    } catch {
      // The database is away or closed: wakes may be lost, listeners poll as a floor.
      waiting.clear()
    } finally {
      isFlushing = false
    }
  }

  const deliver = (payload: string): void => {
    const wake = parseWake(payload)
    if (wake === undefined) return
    for (const listener of listeners) listener(wake)
  }

  return {
    publish: (...wakes) => {
      for (const wake of wakes) waiting.add(JSON.stringify(wake))
      if (!isFlushing) void flush()
    },
    onWake: async (listener) => {
      listeners.add(listener)
      listening ??= database.listen(CHANNEL, deliver)
      try {
        await listening
      } catch (error) {
        listeners.delete(listener)
        listening = undefined
        throw error
      }
      return async () => {
        if (!listeners.delete(listener) || listeners.size > 0) return
        const stop = listening
        listening = undefined
        await (
          await stop
        )?.()
      }
    },
  }
}

/** Undefined for what another program sent on the channel. */
const parseWake = (payload: string): Wake | undefined => {
  let value: unknown
  try {
    value = JSON.parse(payload)
  } catch {
    return undefined
  }
  if (typeof value !== 'object' || value === null || !('topic' in value)) return undefined
  const { topic } = value
  if (topic === 'outbox') return { topic }
  if (topic === 'logs' && 'attemptId' in value && typeof value.attemptId === 'string') {
    return { topic, attemptId: value.attemptId }
  }
  if (
    (topic === 'workflow_run' || topic === 'cancel') &&
    'workflowRunId' in value &&
    typeof value.workflowRunId === 'string'
  ) {
    return { topic, workflowRunId: value.workflowRunId }
  }
  return undefined
}
