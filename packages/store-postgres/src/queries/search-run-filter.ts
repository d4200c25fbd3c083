import {
  characterCount,
  type DatasetKey,
  type RunClause,
  type RunTextAttribute,
  type RunTimeAttribute,
  type TextComparison,
} from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'
import { compareInteger, compareMetric, compareText } from './search-comparison.ts'

export const RUN_COLUMNS: Readonly<Record<RunTextAttribute | RunTimeAttribute, RawBuilder<unknown>>> = {
  run_id: sql`run.run_id`,
  run_name: sql`run.name`,
  status: sql`run.status`,
  artifact_uri: sql`run.artifact_uri`,
  user_id: sql`run.user_id`,
  start_time: sql`run.start_time`,
  end_time: sql`run.end_time`,
}

const DATASET_COLUMNS: Readonly<Record<DatasetKey, RawBuilder<unknown>>> = {
  name: sql`dataset.name`,
  digest: sql`dataset.digest`,
  context: sql`input.context`,
}

/** Key ids of the dictionary; one that is in no row for a key that was never logged. */
export type KeyIdOf = (key: string) => number

/**
 * A condition over the table `run`. Entries and datasets are semi-joins, so that a run appears once and the planner
 * may start from their index. A run without the key or dataset never matches.
 */
export const toRunCondition = (clause: RunClause, keyIdOf: KeyIdOf): RawBuilder<unknown> => {
  switch (clause.kind) {
    case 'metric':
      return hasEntry('run_metric', keyIdOf(clause.key), compareMetric(sql`entry.value`, clause.comparison))
    case 'param':
      return hasEntry('run_param', keyIdOf(clause.key), compareEntryText(clause.comparison))
    case 'tag':
      return hasEntry('run_tag', keyIdOf(clause.key), compareEntryText(clause.comparison))
    case 'presence': {
      const entry = hasEntry(clause.entity === 'param' ? 'run_param' : 'run_tag', keyIdOf(clause.key), sql`true`)
      return clause.isPresent ? entry : sql`not ${entry}`
    }
    case 'text_attribute':
      return compareText(RUN_COLUMNS[clause.attribute], clause.comparison)
    case 'time_attribute':
      return compareInteger(RUN_COLUMNS[clause.attribute], clause.comparison)
    case 'dataset':
      return sql`exists (
        select from run_dataset_input as input join dataset on dataset.id = input.dataset_id
        where input.run_id = run.id and dataset.experiment_id = run.experiment_id
          and ${compareText(DATASET_COLUMNS[clause.key], clause.comparison)}
      )`
  }
}

const hasEntry = (
  table: 'run_metric' | 'run_param' | 'run_tag',
  keyId: number,
  condition: RawBuilder<unknown>,
): RawBuilder<unknown> => sql`exists (
  select from ${sql.table(table)} as entry
  where entry.run_id = run.id and entry.experiment_id = run.experiment_id and entry.key_id = ${keyId}::int
    and ${condition}
)`

const INDEXED_CHARACTERS = 250

/** What the indexes of params and tags hold of a value: its first 250 characters, bytewise. */
export const indexedText = (value: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`left(${value}, ${sql.lit(INDEXED_CHARACTERS)}) collate "C"`

/**
 * Over `entry.value`, by its index where it can serve. What the index decides alone is not said twice: the planner
 * would take the two for independent and the rows for far fewer than they are.
 */
const compareEntryText = (comparison: TextComparison): RawBuilder<unknown> => {
  const exact = compareText(sql`entry.value`, comparison)
  const indexed = indexedText(sql`entry.value`)
  const { comparator, value } = comparison
  const isWhole = characterCount(value) < INDEXED_CHARACTERS
  if (comparator === '=') {
    const equal = sql`${indexed} = ${indexedText(sql`${value}::text`)}`
    return isWhole ? equal : sql`(${equal} and ${exact})`
  }
  const start = comparator === 'LIKE' ? /^[^%_]*/.exec(value)?.[0] : undefined
  const range = start === undefined || start === '' ? undefined : toPrefixRange(start)
  if (range === undefined) return exact
  const within = sql`${indexed} >= ${range.first} and ${indexed} < ${range.end}`
  return isWhole && value === `${start}%` ? sql`(${within})` : sql`(${within} and ${exact})`
}

/** Bounds of the texts that start so, bytewise; undefined when no code point is greater than the last. */
const toPrefixRange = (start: string): { readonly first: string; readonly end: string } | undefined => {
  const points = Array.from(start).slice(0, INDEXED_CHARACTERS)
  const last = points.pop()?.codePointAt(0)
  if (last === undefined || last >= 0x10_ffff) return undefined
  // The code points between are those of surrogates, which no text of Postgres has.
  const next = last + 1 >= 0xd800 && last + 1 <= 0xdfff ? 0xe000 : last + 1
  const common = points.join('')
  return { first: common + String.fromCodePoint(last), end: common + String.fromCodePoint(next) }
}
