import type { Statement } from '../database/open-database.ts'
import type { ExperimentKey } from '../tables/experiment.ts'
import { type BatchColumn, type BatchParts, columnsOf } from './batch-arrays.ts'

/** One row per run that exists. */
export interface BatchRow {
  /** Place in the flush, from 1. */
  readonly ord: number
  readonly run_key: number
  readonly experiment_id: ExperimentKey
  readonly is_active: boolean
  /** Params that have another value, as pairs of key id and that value: nothing of the run's batch was written. */
  readonly changed: readonly (readonly [number, string])[] | null
}

const PARTS = ['metrics', 'params', 'tags', 'names', 'models'] as const
const statements = new Map<string, Statement>()

/**
 * Writes the batches of many runs, of each run one, in one statement, which is a transaction by itself.
 *
 * The runs are locked in the order of their keys, so flushes of several processes wait for each other and never
 * deadlock. The statement's snapshot may be older than a lock that it waited for: a param that another writer made
 * meanwhile is a unique violation, upon which the caller tries again.
 */
export const batchStatement = (parts: BatchParts): Statement => {
  const name = `write_runs_${PARTS.filter((part) => parts[part]).join('_')}`
  const known = statements.get(name)
  if (known !== undefined) return known
  const statement = { name, text: toText(parts) }
  statements.set(name, statement)
  return statement
}

const toText = (parts: BatchParts): string => {
  const places = new Map(columnsOf(parts).map(({ name, type }, index) => [name, `$${index + 1}::${type}[]`]))
  const array = (column: BatchColumn): string => places.get(column) ?? ''
  /** The items of one run: from its end and count. */
  const slice = (column: BatchColumn, of: string): string => `(${array(column)})[${of}_end - ${of}_count + 1:${of}_end]`
  return `
with target as materialized (
  select run.id, run.run_id, run.experiment_id, run.lifecycle_stage = 'active' as is_active, member.*
  from unnest(${memberArrays(parts).map(array).join(', ')})
    with ordinality as member (given_id${memberNames(parts)}, ord)
  join run on run.run_id = member.given_id
  order by run.id
  for no key update of run
),
${[
  ...(parts.params ? [paramsRead(slice)] : []),
  `accepted as materialized (
  select * from target where is_active ${parts.params ? 'and ord <> all (array(select ord from changed))' : ''}
)`,
  ...(parts.params ? [PARAMS_WRITTEN] : []),
  ...(parts.metrics ? [metricsWritten(slice)] : []),
  ...(parts.tags ? [tagsWritten(slice)] : []),
  ...(parts.names ? [runsRenamed(array)] : []),
  ...(parts.models ? [modelMetricsWritten(array)] : []),
  `unsettled as (
  insert into run_unsettled (run_id, experiment_id) select id, experiment_id from accepted on conflict do nothing
)`,
].join(',\n')}
select target.ord::int, target.id as run_key, target.experiment_id, target.is_active,
  ${parts.params ? '(select changed.changed from changed where changed.ord = target.ord)' : 'null::json'} as changed
from target`
}

const memberArrays = (parts: BatchParts): BatchColumn[] => [
  'runIds',
  ...(parts.metrics
    ? (['metricEnds', 'metricCounts', 'minSteps', 'maxSteps', 'minTimestamps', 'maxTimestamps'] as const)
    : []),
  ...(parts.params ? (['paramEnds', 'paramCounts'] as const) : []),
  ...(parts.tags ? (['tagEnds', 'tagCounts'] as const) : []),
]

const memberNames = (parts: BatchParts): string =>
  [
    parts.metrics ? ', metric_end, metric_count, min_step, max_step, min_timestamp, max_timestamp' : '',
    parts.params ? ', param_end, param_count' : '',
    parts.tags ? ', tag_end, tag_count' : '',
  ].join('')

type Slice = (column: BatchColumn, of: string) => string
type ArrayOf = (column: BatchColumn) => string

const paramsRead = (slice: Slice): string => `param as materialized (
  select target.id, target.experiment_id, target.ord, given.key_id, given.value, run_param.value as known
  from target
  cross join lateral unnest(${slice('paramKeys', 'param')}, ${slice('paramValues', 'param')}) as given (key_id, value)
  left join run_param on run_param.run_id = target.id and run_param.key_id = given.key_id
  where target.is_active
),
changed as materialized (
  select ord, json_agg(json_build_array(key_id, known)) as changed from param where known <> value group by ord
)`

const PARAMS_WRITTEN = `params as (
  insert into run_param (run_id, key_id, experiment_id, value)
  select id, key_id, experiment_id, value from param
  where known is null and ord <> all (array(select ord from changed))
)`

const metricsWritten = (slice: Slice): string => `chunks as (
  insert into metric_chunk
    (run_id, n, min_step, max_step, min_timestamp, max_timestamp, key_ids, steps, timestamps, vals)
  select id, metric_count, min_step, max_step, min_timestamp, max_timestamp, ${slice('metricKeys', 'metric')},
    ${slice('steps', 'metric')}, ${slice('timestamps', 'metric')}, ${slice('values', 'metric')}
  from accepted where metric_count > 0
)`

const tagsWritten = (slice: Slice): string => `tags as (
  insert into run_tag (run_id, key_id, experiment_id, value)
  select accepted.id, given.key_id, accepted.experiment_id, given.value
  from accepted
  cross join lateral unnest(${slice('tagKeys', 'tag')}, ${slice('tagValues', 'tag')}) as given (key_id, value)
  on conflict (run_id, key_id) do update set value = excluded.value where run_tag.value <> excluded.value
)`

const runsRenamed = (array: ArrayOf): string => `renamed as (
  update run set name = given.name
  from unnest(${array('nameOrds')}, ${array('names')}) as given (ord, name)
  join accepted using (ord)
  where run.id = accepted.id
)`

const MODEL_COLUMNS: readonly BatchColumn[] = [
  'pointOrds',
  'pointKeys',
  'pointSteps',
  'pointTimestamps',
  'pointValues',
  'pointModels',
  'pointDatasets',
  'pointDigests',
]

/** A model that is not there is no error: its points stay the run's alone. */
const modelMetricsWritten = (array: ArrayOf): string => `model_metrics as (
  insert into logged_model_metric
    (model_id, run_id, key_id, step, timestamp, value, dataset_name, dataset_digest)
  select logged_model.id, accepted.run_id, given.key_id, given.step, given.timestamp, given.value,
    nullif(given.dataset_name, ''), nullif(given.dataset_digest, '')
  from unnest(
    ${MODEL_COLUMNS.map(array).join(', ')}
  ) as given (ord, key_id, step, timestamp, value, model_id, dataset_name, dataset_digest)
  join accepted using (ord)
  join logged_model on logged_model.model_id = given.model_id
  on conflict do nothing
)`
