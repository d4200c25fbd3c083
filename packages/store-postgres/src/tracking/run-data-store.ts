import {
  InvalidParameterValueError,
  type Metric,
  type Page,
  type Param,
  ResourceDoesNotExistError,
  type RunBatch,
  toPythonText,
  toStoredBatch,
  type TrackingStore,
} from '@tidemill/core'
import type { Kysely } from 'kysely'
import type { EntityKeys, KeyIds } from '../queries/entity-key.ts'
import { listMetricPoints, type MetricPoint } from '../queries/metric.ts'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import { type BatchOutcome, writeRunBatch } from '../queries/run-batch.ts'
import { deleteRunTag } from '../queries/run-tag.ts'
import { findRunLifecycle } from '../queries/run.ts'
import { parsePageToken, toPageToken } from '../queries/search-page-token.ts'
import type { Database } from '../tables/database.ts'
import { isStorable, toRunId } from './identifiers.ts'
import { noRun, notActive } from './refusals.ts'

export type RunDataStore = Pick<TrackingStore, 'logBatch' | 'logParam' | 'deleteRunTag' | 'getMetricHistory'>

export const createRunDataStore = (db: Kysely<Database>, keys: EntityKeys): RunDataStore => ({
  logBatch: (runId, batch) => logBatch(db, keys, toRunId(runId), batch, manyChanged),
  logParam: (runId, param) =>
    logBatch(db, keys, toRunId(runId), { metrics: [], params: [param], tags: [] }, oneChanged),
  deleteRunTag: async (runId, key) => {
    const removal = isStorable(key) ? await retryOnConflict(() => deleteRunTag(db, toRunId(runId), key)) : 'no_tag'
    switch (removal) {
      case 'removed':
        return
      case 'no_run':
        throw noRun(runId)
      case 'run_deleted':
        throw notActive('run', runId)
      case 'no_tag':
        throw new ResourceDoesNotExistError(`No tag with name: ${key} in run with id ${runId}`)
    }
  },
  getMetricHistory: (runId, key, page) => getMetricHistory(db, toRunId(runId), key, page),
})

/** A param that has another value already. */
interface ChangedParam {
  readonly key: string
  readonly oldValue: string
  readonly newValue: string
}

const logBatch = async (
  db: Kysely<Database>,
  keys: EntityKeys,
  runId: string,
  given: RunBatch,
  refusal: (runId: string, changed: readonly ChangedParam[]) => Error,
): Promise<void> => {
  const batch = toStoredBatch(given)
  const keyIds = await keys.idsOf([...batch.metrics, ...batch.params, ...batch.tags].map(({ key }) => key))
  const write = async (on: Kysely<Database>): Promise<void> => {
    const outcome = await writeRunBatch(on, runId, batch, keyIds)
    if (outcome.kind === 'absent') throw noRun(runId)
    if (outcome.kind === 'deleted') throw notActive('run', runId)
    if (outcome.kind === 'params_changed') throw refusal(runId, toChangedParams(batch.params, keyIds, outcome))
  }
  // Only changed params need a rollback; everything else is one statement, which is a transaction by itself.
  await retryOnConflict(() => (batch.params.length === 0 ? write(db) : db.transaction().execute(write)))
}

const toChangedParams = (
  params: readonly Param[],
  keyIds: KeyIds,
  { changed }: BatchOutcome & { readonly kind: 'params_changed' },
): ChangedParam[] => {
  const oldValues = new Map(changed.map(({ keyId, value }) => [keyId, value]))
  return params.flatMap(({ key, value }) => {
    const keyId = keyIds.get(key)
    const oldValue = keyId === undefined ? undefined : oldValues.get(keyId)
    return oldValue === undefined ? [] : [{ key, oldValue, newValue: value }]
  })
}

const manyChanged = (runId: string, changed: readonly ChangedParam[]): Error => {
  const list = changed.map(
    ({ key, oldValue, newValue }) =>
      `{'key': ${toPythonText(key)}, 'old_value': ${toPythonText(oldValue)}, 'new_value': ${toPythonText(newValue)}}`,
  )
  return new InvalidParameterValueError(
    `Changing param values is not allowed. Params were already logged='[${list.join(', ')}]' for run ID='${runId}'.`,
  )
}

const oneChanged = (runId: string, [param]: readonly ChangedParam[]): Error =>
  new InvalidParameterValueError(
    `Changing param values is not allowed. Param with key='${param?.key}' was already logged with value='${param?.oldValue}' for run ID='${runId}'. Attempted logging new value '${param?.newValue}'.`,
  )

const HISTORY_ORDER = 'history'

const getMetricHistory = async (
  db: Kysely<Database>,
  runId: string,
  key: string,
  { maxResults, pageToken }: { readonly maxResults?: number; readonly pageToken?: string },
): Promise<Page<Metric>> => {
  const token = parsePageToken(pageToken, HISTORY_ORDER, ['bigint', 'bigint', 'float8'])
  const after = token === undefined ? undefined : toPoint(token.values)
  const points = isStorable(key)
    ? await listMetricPoints(db, runId, key, {
        ...(after === undefined ? {} : { after }),
        ...(maxResults === undefined ? {} : { limit: maxResults + 1 }),
      })
    : []
  if (points.length === 0 && (await findRunLifecycle(db, runId)) === undefined) throw noRun(runId)
  const page = maxResults === undefined ? points : points.slice(0, maxResults)
  const last = page.at(-1)
  return {
    items: page.map(({ timestamp, step, value }) => ({ key, value, timestamp, step })),
    ...(page.length === points.length || last === undefined
      ? {}
      : { nextPageToken: toPageToken({ order: HISTORY_ORDER, values: [last.timestamp, last.step, last.value] }) }),
  }
}

const toPoint = (values: readonly (string | number)[]): MetricPoint => {
  const [timestamp, step, value] = values.map(Number)
  if (timestamp === undefined || step === undefined || value === undefined)
    throw new Error('A history token has 3 values')
  return { timestamp, step, value }
}
