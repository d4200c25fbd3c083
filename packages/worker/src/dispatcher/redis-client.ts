import type { Logger } from '@tidemill/core'
import type { Redis } from 'ioredis'
import { createOutageLog } from '../services/outage-log.ts'

const LAST_RETRY_MS = 1_000

/**
 * A client that connects in the background and comes back by itself after an outage, which is logged once.
 * The library is loaded here, so that a process without Redis does not pay for it.
 */
export const createRedisClient = async (url: string, logger: Logger): Promise<Redis> => {
  const { Redis: Client } = await import('ioredis')
  const client = new Client(url, {
    // Commands wait for the connection; whoever cannot wait has a time limit of its own.
    maxRetriesPerRequest: null,
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(times * 50, LAST_RETRY_MS),
  })
  const outage = createOutageLog(
    logger,
    { host: client.options.host, port: client.options.port },
    { failed: 'Redis cannot be reached; the connection is tried again', ended: 'Redis is there again' },
  )
  client.on('error', outage.failed)
  client.on('ready', outage.ended)
  return client
}

/** Resolves when commands can be sent. Rejects with the signal's reason when that comes first. */
export const waitUntilReady = (client: Redis, signal: AbortSignal): Promise<void> =>
  new Promise((resolve, reject) => {
    const settle = (): void => {
      client.off('ready', settle)
      signal.removeEventListener('abort', settle)
      if (signal.aborted) reject(signal.reason)
      else resolve()
    }
    if (client.status === 'ready' || signal.aborted) return settle()
    client.once('ready', settle)
    signal.addEventListener('abort', settle)
  })
