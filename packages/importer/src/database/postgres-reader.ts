import pg from 'pg'
import type { Fields } from '../source/fields.ts'
import type { SqlReader } from './sql-reader.ts'

const BATCH_ROWS = 8192

/** Reads in one repeatable-read transaction that writes nothing: all of it is of one moment. */
export const openPostgres = async (uri: string): Promise<SqlReader> => {
  const client = new pg.Client({
    // SQLAlchemy's `postgresql+psycopg2://` names a Python driver; the rest is the same URI.
    connectionString: uri.replace(/^postgres(ql)?(\+\w+)?:/, 'postgresql:'),
    application_name: 'tidemill import',
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  })
  // A query that is under way rejects; without a listener a broken connection would end the process.
  client.on('error', () => undefined)
  await client.connect()
  await client.query('begin isolation level repeatable read read only')
  const query = async (text: string, values: readonly (string | number)[]): Promise<readonly Fields[]> =>
    (await client.query<Record<string, unknown>>(numbered(text), [...values])).rows

  let cursors = 0
  return {
    columnsOf: async (table) => {
      const rows = await query(
        'select column_name from information_schema.columns where table_schema = any(current_schemas(false)) and table_name = ?',
        [table],
      )
      return new Set(rows.map((row) => String(row.column_name)))
    },
    all: query,
    stream: async function* (text, values) {
      const cursor = `import_${++cursors}`
      await query(`declare ${cursor} no scroll cursor for ${text}`, values)
      for (;;) {
        const batch = await query(`fetch ${BATCH_ROWS} from ${cursor}`, [])
        if (batch.length > 0) yield batch
        if (batch.length < BATCH_ROWS) break
      }
      await query(`close ${cursor}`, [])
    },
    [Symbol.asyncDispose]: () => client.end(),
  }
}

const numbered = (text: string): string => {
  let count = 0
  return text.replaceAll('?', () => `$${++count}`)
}
