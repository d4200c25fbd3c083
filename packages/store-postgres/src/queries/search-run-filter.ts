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
      return hasEntry('run_param', keyIdOf(clause.key), compareEntryText('run_param', clause.comparison))
    case 'tag':
      return hasEntry('run_tag', keyIdOf(clause.key), compareEntryText('run_tag', clause.comparison))
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

/** What `head` is of a value: its first 250 characters, bytewise. */
export const headOf = (value: RawBuilder<unknown>): RawBuilder<unknown> =>
  sql`left(${value}, ${sql.lit(INDEXED_CHARACTERS)}) collate "C"`

/** A value with this head has no more than it. */
export const isShort = (head: string): boolean => characterCount(head) < INDEXED_CHARACTERS

/** The row has more of its value than `head`, perhaps. */
const isLong = (entry: string): RawBuilder<unknown> =>
  sql`char_length(${sql.ref(`${entry}.head`)}) = ${sql.lit(INDEXED_CHARACTERS)}`

/**
 * The value of a param or tag without a look at its row, which has a page of its own: the index has `head`, and few
 * values are longer.
 */
export const indexedValue = (table: EntryTable, entry: string): RawBuilder<unknown> =>
  sql`(case when ${isLong(entry)} then ${wholeValue(table, entry)} else ${sql.ref(`${entry}.head`)} end)`

const wholeValue = (table: EntryTable, entry: string): RawBuilder<unknown> => sql`(
  select whole.value from ${sql.table(table)} as whole
  where whole.run_id = ${sql.ref(`${entry}.run_id`)} and whole.key_id = ${sql.ref(`${entry}.key_id`)}
)`

type EntryTable = 'run_param' | 'run_tag'

/**
 * Over `entry`, by its index alone wherever `head` decides. What decides is said once: the planner would take two
 * conditions for independent and the rows for far fewer than they are.
 */
const compareEntryText = (table: EntryTable, comparison: TextComparison): RawBuilder<unknown> => {
  const { comparator, value } = comparison
  const head = sql`entry.head`
  const isWhole = characterCount(value) < INDEXED_CHARACTERS
  const whole = compareText(wholeValue(table, 'entry'), comparison)
  if (comparator === '=') {
    return isWhole ? sql`${head} = ${value}` : sql`(${head} = ${headOf(sql`${value}::text`)} and ${whole})`
  }
  if (comparator === '!=') {
    return isWhole ? sql`${head} <> ${value}` : sql`(${head} <> ${headOf(sql`${value}::text`)} or ${whole})`
  }
  const start = comparator === 'LIKE' ? /^[^%_]*/.exec(value)?.[0] : undefined
  const range = start === undefined || start === '' ? undefined : toPrefixRange(start)
  const within = range === undefined ? sql`true` : sql`${head} >= ${range.first} and ${head} < ${range.end}`
  if (range !== undefined && isWhole && value === `${start}%`) return sql`(${within})`
  // Case is folded as the database folds it, not bytewise.
  const matches = compareText(comparator === 'ILIKE' ? sql`${head} collate "default"` : head, comparison)
  return sql`(${within} and (${matches} and not ${isLong('entry')} or ${isLong('entry')} and ${whole}))`
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
