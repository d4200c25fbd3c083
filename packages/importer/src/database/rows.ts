import type { Tag } from '@tidemill/core'
import { type Fields, textOf } from '../source/fields.ts'
import { placeholders, type SqlReader } from './sql-reader.ts'

export const toTag = (row: Fields): Tag => ({ key: textOf(row.key), value: textOf(row.value) })

/** Rows of a table that belong to some owners, by owner. Empty for a table that there is not. */
export const readByOwner = async (
  reader: SqlReader,
  query: { readonly table: string; readonly columns: string; readonly owner: string; readonly orderBy: string },
  owners: readonly string[],
): Promise<ReadonlyMap<string, readonly Fields[]>> => {
  const byOwner = new Map<string, Fields[]>()
  if (owners.length === 0 || (await reader.columnsOf(query.table)).size === 0) return byOwner
  const rows = await reader.all(
    `select ${query.owner} as owner, ${query.columns} from ${query.table}
    where ${query.owner} in (${placeholders(owners)}) order by ${query.orderBy}`,
    owners,
  )
  for (const row of rows) {
    const owner = textOf(row.owner)
    const ofOwner = byOwner.get(owner)
    if (ofOwner === undefined) byOwner.set(owner, [row])
    else ofOwner.push(row)
  }
  return byOwner
}
