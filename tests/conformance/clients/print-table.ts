import { toTable } from './table.ts'

const MARK: Readonly<Record<string, string>> = { absent: '-' }

/** Prints a table of outcomes below the results of the tests. */
export const printTable = (title: string, header: readonly string[], rows: readonly (readonly string[])[]): void => {
  const marked = rows.map((row) => row.map((cell) => MARK[cell] ?? cell))
  process.stdout.write(`\n${title}\n\n${toTable(header, marked)}\n\n`)
}
