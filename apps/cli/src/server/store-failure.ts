import { withoutPassword } from '../backend-store.ts'
import type { ServeConfig } from '../config.ts'
import { CliError } from '../errors.ts'
import { EXIT_CODES } from '../exit-codes.ts'

const CORRECT = 'correct --backend-store-uri or DATABASE_URL'
const UNREACHABLE = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'ETIMEDOUT']
/** Postgres is there but still starting or stopping, or has no connection to spare. */
const NOT_READY = ['57P01', '57P02', '57P03', '53300']
/** Wrong password, or pg_hba.conf has no entry for this user, database and address. */
const REFUSED = ['28P01', '28000']

/**
 * Runs what opens the store. When it is a Postgres that does not answer or does not let us in, throws a CliError that
 * names it without its password; every other error passes.
 */
export const withStoreFailures = async <T>(store: ServeConfig['store'], open: () => Promise<T>): Promise<T> => {
  try {
    return await open()
  } catch (error) {
    throw (store.kind === 'postgres' ? toPostgresFailure(store.uri, error) : undefined) ?? error
  }
}

export const toPostgresFailure = (uri: string, error: unknown): CliError | undefined => {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error ? String(error.code) : ''
  const { place, database } = describePostgres(uri)
  const reason = describeReason(error)
  if (UNREACHABLE.includes(code) || NOT_READY.includes(code) || isTimeout(error)) {
    const message = `Postgres at ${place}, database '${database}', does not answer: ${reason}. Start it, or ${CORRECT}.`
    return new CliError(message, EXIT_CODES.unreachable, { cause: error })
  }
  if (REFUSED.includes(code)) {
    const message = `Postgres at ${place} refuses the login to database '${database}': ${reason}. Check user and password: ${CORRECT}.`
    return new CliError(message, EXIT_CODES.usage, { cause: error })
  }
  if (code === '3D000') {
    const message = `Postgres at ${place} has no database '${database}'. Create it with \`createdb ${database}\`, or ${CORRECT}.`
    return new CliError(message, EXIT_CODES.usage, { cause: error })
  }
  return undefined
}

/** pg gives these no code. */
const isTimeout = (error: Error): boolean => /timeout|Connection terminated/i.test(error.message)

/** Connecting to a name with two addresses fails with both reasons and no message of its own. */
export const describeReason = (error: unknown): string => {
  if (error instanceof AggregateError && error.message === '') {
    return [...new Set(error.errors.map(describeReason))].join(', ')
  }
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? error.name : error.message
}

const describePostgres = (uri: string): { readonly place: string; readonly database: string } => {
  const url = URL.parse(uri)
  if (url === null) return { place: withoutPassword(uri), database: '' }
  const host = url.hostname === '' ? (url.searchParams.get('host') ?? 'localhost') : url.hostname
  const database = url.pathname.slice(1)
  return {
    place: `${host}:${url.port === '' ? '5432' : url.port}`,
    database: database === '' ? url.username : database,
  }
}
