import { setTimeout as delay } from 'node:timers/promises'
import { Kysely, PostgresDialect, type PostgresPool, type PostgresPoolClient } from 'kysely'
import pg from 'pg'
import type { Database } from '../tables/database.ts'
import type { OpenDatabase, Statement } from './open-database.ts'
import { parseInt8 } from './parse-int8.ts'
import { createStatementNames } from './statement-names.ts'

const INT8 = 20
const INT8_ARRAY = 1016
const RELISTEN_DELAY_MS = 500

/** Connections of the hot statements, beside the pool: two flushes and as many reads fill two cores. */
const HOT_CONNECTIONS = 4
/**
 * Pages of runs are small: a walk along an index that finds them soon beats workers and compilers that start first.
 * Random pages cost what they do on solid-state disks.
 */
const SETTINGS = '-c max_parallel_workers_per_gather=0 -c jit=off -c random_page_cost=1.1'

/** A hot statement finds its rows by index, whatever the statistics of the moment of its planning say. */
const HOT_SETTINGS =
  '-c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c jit=off'

/** int8 columns hold times in ms, steps and ids. */
const parsers: ReadonlyMap<number, (text: string) => unknown> = new Map<number, (text: string) => unknown>([
  [INT8, parseInt8],
  [INT8_ARRAY, (text) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(parseInt8))],
])

const getTypeParser = ((oid: number, format?: 'text' | 'binary') =>
  parsers.get(oid) ?? pg.types.getTypeParser(oid, format as 'text')) as typeof pg.types.getTypeParser

/** SQLAlchemy's `postgresql+psycopg2://` names a Python driver; the rest is the same URI. */
export const toPostgresUri = (uri: string): string => uri.replace(/^postgres(ql)?\+\w+:/, 'postgresql:')

export const openPostgres = async (uri: string, maxConnections: number): Promise<OpenDatabase> => {
  const connection = {
    connectionString: toPostgresUri(uri),
    types: { getTypeParser },
    application_name: 'tidemill',
    keepAlive: true,
    connectionTimeoutMillis: 5_000,
  }
  const pool = new pg.Pool({ ...connection, options: SETTINGS, max: maxConnections, idleTimeoutMillis: 30_000 })
  const hotPool = new pg.Pool({ ...connection, options: HOT_SETTINGS, max: HOT_CONNECTIONS, idleTimeoutMillis: 30_000 })
  for (const each of [pool, hotPool]) surviveBrokenConnections(each)
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool: preparing(pool) }) })
  const listeners = new Set<() => Promise<void>>()
  const services: (() => Promise<void>)[] = []

  return {
    kind: 'postgres',
    db,
    query: async <Row>({ name, text }: Statement, values: readonly unknown[]) =>
      (await hotPool.query<Row & pg.QueryResultRow>({ name, text, values: [...values] })).rows,
    execScript: async (script) => {
      const client = await pool.connect()
      try {
        await client.query(script)
        client.release()
      } catch (error) {
        // The script may have left a transaction open: do not hand this connection on.
        client.release(true)
        throw error
      }
    },
    listen: async (channel, onPayload) => {
      const stop = await listenForever(connection, channel, onPayload)
      listeners.add(stop)
      return async () => {
        listeners.delete(stop)
        await stop()
      }
    },
    onClosing: (stop) => {
      services.push(stop)
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([...services, ...listeners].map((stop) => stop()))
      await Promise.all([db.destroy(), hotPool.end()])
    },
  }
}

/** A broken connection is replaced by its pool, its query rejects; without listeners it would end the process. */
const surviveBrokenConnections = (pool: pg.Pool): void => {
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
}

/** The pool as Kysely uses it, with statements that repeat prepared. */
const preparing = (pool: pg.Pool): PostgresPool => {
  const nameOf = createStatementNames()
  const clients = new WeakMap<pg.PoolClient, PostgresPoolClient>()
  const wrap = (client: pg.PoolClient): PostgresPoolClient => {
    const query = (text: string, values: readonly unknown[]) =>
      client.query({ text, values: [...values], name: values.length === 0 ? undefined : nameOf(text) })
    const wrapped: PostgresPoolClient = {
      query: query as unknown as PostgresPoolClient['query'],
      release: (destroy) => client.release(destroy),
    }
    clients.set(client, wrapped)
    return wrapped
  }
  return {
    options: pool.options,
    connect: async () => {
      const client = await pool.connect()
      return clients.get(client) ?? wrap(client)
    },
    end: () => pool.end(),
  }
}

const listenForever = async (
  connection: pg.ClientConfig,
  channel: string,
  onPayload: (payload: string) => void,
): Promise<() => Promise<void>> => {
  let isStopped = false
  let client: pg.Client | undefined

  const connect = async (): Promise<void> => {
    const next = new pg.Client(connection)
    next.on('notification', (message) => onPayload(message.payload ?? ''))
    next.on('error', () => undefined)
    next.on('end', () => {
      if (!isStopped && client === next) void reconnect()
    })
    await next.connect()
    await next.query(`listen ${pg.escapeIdentifier(channel)}`)
    client = next
  }
  const reconnect = async (): Promise<void> => {
    while (!isStopped) {
      try {
        await connect()
        return
      } catch {
        await delay(RELISTEN_DELAY_MS, undefined, { ref: false })
      }
    }
  }

  await connect()
  return async () => {
    isStopped = true
    await client?.end().catch(() => undefined)
  }
}
