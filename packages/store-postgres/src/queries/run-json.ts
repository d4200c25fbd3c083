import { toRunDocument, toRunJson } from '@tidemill/core'
import type { Kysely } from 'kysely'
import type { Database } from '../tables/database.ts'
import type { EntityKeys } from './entity-key.ts'
import { readRunParts } from './run-data.ts'

/** Before the key and the info of a run whose document does not hold. JSON text has no such character. */
const MARK = '\u0001'

/** Ids, stages and statuses have no character that JSON escapes. */
const INFO_JSON = `concat(
  '{"run_id":"', run.run_id, '","run_uuid":"', run.run_id, '","run_name":', to_json(run.name),
  ',"experiment_id":"', run.experiment_id, '","user_id":', to_json(run.user_id), ',"status":"', run.status,
  '","start_time":', run.start_time, ',"end_time":' || run.end_time, ',"artifact_uri":', to_json(run.artifact_uri),
  ',"lifecycle_stage":"', run.lifecycle_stage, '"}')`

/**
 * A run as the wire's JSON text, over `run` and `RUN_JSON_JOINS`. The database puts it together: a page of runs
 * is megabytes, and took this process three times as long.
 */
export const RUN_JSON = `case
  when run_document.run_id is null or run_unsettled.run_id is not null
    then concat('${MARK}', run.id, ':', ${INFO_JSON})
  else concat(
    '{"info":', ${INFO_JSON}, ',"data":', run_document.data, ',"inputs":', coalesce(run_document.inputs, '{}'),
    ',"outputs":', coalesce(run_document.outputs, '{}'), '}')
end`

export const RUN_JSON_JOINS = `
  left join run_document on run_document.run_id = run.id left join run_unsettled on run_unsettled.run_id = run.id`

/**
 * Texts of `RUN_JSON` with the runs whose documents do not hold read from their rows. A run that is purged in the
 * meantime is left out.
 */
export const completeRunJsons = async (
  db: Kysely<Database>,
  keys: EntityKeys,
  texts: readonly string[],
): Promise<readonly string[]> => {
  if (!texts.some((text) => text.startsWith(MARK))) return texts
  const runs = texts.map((text) => (text.startsWith(MARK) ? parseMarked(text) : text))
  const parts = await readRunParts(
    db,
    runs.flatMap((run) => (typeof run === 'string' ? [] : [run.runKey])),
    keys,
  )
  return runs.flatMap((run) => {
    if (typeof run === 'string') return [run]
    const found = parts.get(run.runKey)
    return found === undefined ? [] : [toRunJson(run.info, toRunDocument(found))]
  })
}

const parseMarked = (text: string): { readonly runKey: number; readonly info: string } => {
  const end = text.indexOf(':')
  return { runKey: Number(text.slice(MARK.length, end)), info: text.slice(end + 1) }
}
