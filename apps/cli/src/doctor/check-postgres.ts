import { probePostgres } from '@tidemill/store-postgres'
import { withoutPassword } from '../backend-store.ts'
import { describeReason, toPostgresFailure } from '../server/store-failure.ts'
import type { Check } from './check.ts'

const LIMIT_MS = 5_000

/** Logs in to the Postgres of the URI and asks for its version. */
export const checkPostgres = async (uri: string): Promise<Check> => {
  const name = 'postgres'
  try {
    return { name, status: 'ok', detail: `${await probePostgres(uri, LIMIT_MS)}  ${withoutPassword(uri)}` }
  } catch (error) {
    const failure = toPostgresFailure(uri, error)
    return {
      name,
      status: 'missing',
      detail: failure?.message ?? `${withoutPassword(uri)} cannot be used: ${describeReason(error)}`,
    }
  }
}
