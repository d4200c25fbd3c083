import { probeRedis } from '@tidemill/worker'
import { withoutPassword } from '../backend-store.ts'
import { describeReason } from '../server/store-failure.ts'
import type { Check } from './check.ts'

const LIMIT_MS = 5_000

/** Logs in to the Redis of the URL, pings it and asks for its version. */
export const checkRedis = async (url: string): Promise<Check> => {
  const name = 'redis'
  try {
    return { name, status: 'ok', detail: `${await probeRedis(url, LIMIT_MS)}  ${withoutPassword(url)}` }
  } catch (error) {
    return {
      name,
      status: 'missing',
      detail: `${withoutPassword(url)} does not answer: ${describeReason(error)}`,
      advice: 'Start it, or correct --redis-url or REDIS_URL.',
    }
  }
}
