import {
  InvalidParameterValueError,
  ResourceDoesNotExistError,
  type RunBatch,
  toPythonText,
  toStoredParam,
  type TrackingStore,
} from '@tidemill/core'
import type { Kysely } from 'kysely'
import { retryOnConflict } from '../queries/retry-on-conflict.ts'
import { deleteRunTag } from '../queries/run-tag.ts'
import type { Database } from '../tables/database.ts'
import type { KeyedBatch } from '../write-path/batch-arrays.ts'
import type { RunWriter } from '../write-path/run-writer.ts'
import type { BatchOutcome } from '../write-path/write-batches.ts'
import { isStorable, toRunId } from './identifiers.ts'
import { noRun, notActive } from './refusals.ts'

export type RunDataStore = Pick<TrackingStore, 'logBatch' | 'logParam' | 'deleteRunTag'>

export const createRunDataStore = (db: Kysely<Database>, writer: RunWriter): RunDataStore => ({
  logBatch: (runId, batch) => logBatch(writer, runId, batch, manyChanged),
  logParam: (runId, param) => logBatch(writer, runId, { metrics: [], params: [param], tags: [] }, oneChanged),
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
})

/** A param that has another value already. */
interface ChangedParam {
  readonly key: string
  readonly oldValue: string
  readonly newValue: string
}

const logBatch = async (
  writer: RunWriter,
  runId: string,
  given: RunBatch,
  refusal: (runId: string, changed: readonly ChangedParam[]) => Error,
): Promise<void> => {
  const { outcome, batch } = await writer.writeBatch(toRunId(runId), given)
  switch (outcome.kind) {
    case 'written':
      return
    case 'absent':
      throw noRun(runId)
    case 'deleted':
      throw notActive('run', runId)
    case 'params_changed':
      throw refusal(runId, toChangedParams(batch, outcome))
  }
}

const toChangedParams = (
  { params, paramKeys }: KeyedBatch,
  { changed }: BatchOutcome & { readonly kind: 'params_changed' },
): ChangedParam[] => {
  const oldValues = new Map(changed.map(({ keyId, value }) => [keyId, value]))
  return params.flatMap((param, index) => {
    const oldValue = oldValues.get(paramKeys[index] ?? 0)
    return oldValue === undefined ? [] : [{ key: param.key, oldValue, newValue: toStoredParam(param).value }]
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
