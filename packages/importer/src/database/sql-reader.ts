import type { Fields } from '../source/fields.ts'

/** Reads one moment of a database, one statement at a time. Placeholders are `?`. */
export interface SqlReader extends AsyncDisposable {
  /** Empty for a table that there is not. */
  columnsOf(table: string): Promise<ReadonlySet<string>>
  all(text: string, values: readonly (string | number)[]): Promise<readonly Fields[]>
  /** In batches, which are read as they are asked for. */
  stream(text: string, values: readonly (string | number)[]): AsyncIterable<readonly Fields[]>
}

/** `?, ?, ?` */
export const placeholders = (values: readonly unknown[]): string => values.map(() => '?').join(', ')

/** Asks for the columns of a table once. */
export const withKnownColumns = (reader: SqlReader): SqlReader => {
  const known = new Map<string, Promise<ReadonlySet<string>>>()
  return {
    all: (text, values) => reader.all(text, values),
    stream: (text, values) => reader.stream(text, values),
    columnsOf: (table) => {
      const columns = known.get(table) ?? reader.columnsOf(table)
      known.set(table, columns)
      return columns
    },
    [Symbol.asyncDispose]: () => Promise.resolve(reader[Symbol.asyncDispose]()),
  }
}
