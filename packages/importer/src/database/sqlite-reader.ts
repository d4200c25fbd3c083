import { existsSync } from 'node:fs'
import { InvalidParameterValueError } from '@tidemill/core'
import type { Fields } from '../source/fields.ts'
import type { SqlReader } from './sql-reader.ts'

const BATCH_ROWS = 8192

/** Opens the file for reading only, in a transaction: nobody's later writes are seen. */
export const openSqlite = async (file: string): Promise<SqlReader> => {
  if (!existsSync(file)) throw new InvalidParameterValueError(`There is no SQLite file '${file}'.`)
  const { DatabaseSync } = await import('node:sqlite')
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    database.exec('begin')
    database.prepare('select count(*) from sqlite_master').get()
  } catch (error) {
    database.close()
    throw new InvalidParameterValueError(`'${file}' cannot be read as a SQLite database.`, { cause: error })
  }
  return {
    columnsOf: async (table) => {
      const rows = database.prepare('select name from pragma_table_info(?)').all(table)
      return new Set(rows.map(({ name }) => String(name)))
    },
    all: async (text, values) => database.prepare(text).all(...values),
    stream: (text, values) => inBatches(database.prepare(text).iterate(...values)),
    [Symbol.asyncDispose]: async () => {
      database.close()
    },
  }
}

async function* inBatches(rows: Iterable<Fields>): AsyncGenerator<readonly Fields[]> {
  let batch: Fields[] = []
  for (const row of rows) {
    batch.push(row)
    if (batch.length < BATCH_ROWS) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}
