import { type ImportedRun, type ImportOutcome, ResourceConflictError, type RunToImport } from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { insertDatasets, linkDatasets, linkModelInputs, linkModelOutputs } from '../queries/dataset.ts'
import { internKeys, type KeyIds } from '../queries/entity-key.ts'
import { nowMs } from '../queries/run.ts'
import type { Database } from '../tables/database.ts'
import { toExperimentKey } from '../tracking/identifiers.ts'
import { markUnsettled } from '../write-path/mark-unsettled.ts'
import { addMissingPoints } from './add-missing-points.ts'
import { bigintColumn, importing, textColumn } from './importing.ts'
import { insertPoints } from './insert-points.ts'

interface PlacedRun extends RunToImport {
  readonly runKey: number
  readonly isNew: boolean
}

/**
 * Writes runs in one transaction. A run that is there gets the source's info, params and tags, and the points and
 * links that it lacks. Throws ResourceConflictError for a run that is in another experiment.
 */
export const putRuns = (
  db: Kysely<Database>,
  runs: readonly RunToImport[],
): Promise<{ runKeys: readonly number[]; outcomes: readonly ImportOutcome[]; points: number }> =>
  importing(db, async (transaction) => {
    const infos = runs.map(({ run }) => run)
    const keyIds = await internKeys(
      transaction,
      infos.flatMap(({ params, tags }) => [...params, ...tags].map(({ key }) => key)),
    )
    const placed = await placeRuns(transaction, runs)
    const runKeys = placed.map(({ runKey }) => runKey)
    await upsertData(transaction, 'run_param', placed, keyIds, ({ params }) => params)
    await upsertData(transaction, 'run_tag', placed, keyIds, ({ tags }) => tags)
    await linkInputs(transaction, placed)
    let points = 0
    for (const run of placed) {
      points += run.isNew
        ? await insertPoints(transaction, run.runKey, toExperimentKey(run.run.experimentId), run.metrics())
        : await addMissingPoints(transaction, run.runKey, run.metrics())
    }
    await markUnsettled(transaction, runKeys)
    await sql`
      insert into imported_run (run_id, digest)
      select * from unnest(${bigintColumn(placed, ({ runKey }) => runKey)}, ${textColumn(placed, (run) => run.digest())})
      on conflict (run_id) do update set digest = excluded.digest`.execute(transaction)
    return { runKeys, outcomes: placed.map(({ isNew }) => (isNew ? 'created' : 'updated')), points }
  })

/** Finds or makes the rows of the runs, and holds their locks. */
const placeRuns = async (db: Kysely<Database>, runs: readonly RunToImport[]): Promise<PlacedRun[]> => {
  const infos = runs.map(({ run }) => run)
  const found = await sql<{ id: number; run_id: string; experiment_id: number | string }>`
    select id, run_id, experiment_id from run where run_id = any(${infos.map(({ runId }) => runId)}::text[])
    order by id for no key update`.execute(db)
  const existing = new Map(found.rows.map((row) => [row.run_id, row]))
  for (const { runId, experimentId } of infos) {
    const row = existing.get(runId)
    if (row !== undefined && String(row.experiment_id) !== experimentId) {
      throw new ResourceConflictError(
        `Run ${runId} is in experiment ${row.experiment_id} here and in ${experimentId} in the source.`,
      )
    }
  }
  await updateRuns(
    db,
    infos.filter(({ runId }) => existing.has(runId)),
  )
  const made = await insertRuns(
    db,
    infos.filter(({ runId }) => !existing.has(runId)),
  )
  return runs.map((each) => {
    const runKey = existing.get(each.run.runId)?.id ?? made.get(each.run.runId)
    if (runKey === undefined) throw new Error(`Run ${each.run.runId} got no row`)
    // Spread would lose the methods of a class.
    return {
      run: each.run,
      metrics: () => each.metrics(),
      digest: () => each.digest(),
      runKey,
      isNew: made.has(each.run.runId),
    }
  })
}

/** The rows as a table `input` of the columns of `run`. */
const inputOf = (runs: readonly ImportedRun[]) => sql`
  unnest(
    ${textColumn(runs, ({ runId }) => runId)}, ${bigintColumn(runs, ({ experimentId }) => experimentId)},
    ${textColumn(runs, ({ runName }) => runName)}, ${textColumn(runs, ({ userId }) => userId)},
    ${textColumn(runs, ({ status }) => status)}, ${textColumn(runs, ({ lifecycleStage }) => lifecycleStage)},
    ${bigintColumn(runs, ({ startTime }) => startTime)}, ${bigintColumn(runs, ({ endTime = null }) => endTime)},
    ${bigintColumn(runs, ({ deletedTime = null }) => deletedTime)}, ${textColumn(runs, ({ artifactUri }) => artifactUri)}
  ) as input (
    run_id, experiment_id, name, user_id, status, lifecycle_stage, start_time, end_time, deleted_time, artifact_uri
  )`

/** A server does not say when a run was deleted: for garbage collection it is deleted from the import on. */
const insertRuns = async (db: Kysely<Database>, runs: readonly ImportedRun[]): Promise<Map<string, number>> => {
  if (runs.length === 0) return new Map()
  const { rows } = await sql<{ id: number; run_id: string }>`
    insert into run (
      run_id, experiment_id, name, user_id, status, lifecycle_stage, start_time, end_time, deleted_time, artifact_uri
    )
    select run_id, experiment_id, name, user_id, status, lifecycle_stage, start_time, end_time,
      case when lifecycle_stage = 'deleted' then coalesce(deleted_time, ${nowMs}) end, artifact_uri
    from ${inputOf(runs)}
    returning id, run_id`.execute(db)
  return new Map(rows.map(({ id, run_id: runId }) => [runId, id]))
}

const updateRuns = async (db: Kysely<Database>, runs: readonly ImportedRun[]): Promise<void> => {
  if (runs.length === 0) return
  await sql`
    update run set name = input.name, user_id = input.user_id, status = input.status,
      lifecycle_stage = input.lifecycle_stage, start_time = input.start_time, end_time = input.end_time,
      deleted_time = case when input.lifecycle_stage = 'deleted'
        then coalesce(input.deleted_time, run.deleted_time, ${nowMs}) end,
      artifact_uri = input.artifact_uri
    from ${inputOf(runs)} where run.run_id = input.run_id`.execute(db)
}

const upsertData = async (
  db: Kysely<Database>,
  table: 'run_param' | 'run_tag',
  runs: readonly PlacedRun[],
  keyIds: KeyIds,
  pick: (run: ImportedRun) => readonly { readonly key: string; readonly value: string }[],
): Promise<void> => {
  const rows = runs.flatMap(({ run, runKey }) =>
    pick(run).map(({ key, value }) => ({
      runKey,
      experimentId: run.experimentId,
      keyId: keyIds.get(key) ?? null,
      value,
    })),
  )
  if (rows.length === 0) return
  await sql`
    insert into ${sql.table(table)} as stored (run_id, key_id, experiment_id, value)
    select * from unnest(
      ${bigintColumn(rows, ({ runKey }) => runKey)}, ${sql`${rows.map(({ keyId }) => keyId)}::int[]`},
      ${bigintColumn(rows, ({ experimentId }) => experimentId)}, ${textColumn(rows, ({ value }) => value)}
    )
    on conflict (run_id, key_id) do update set value = excluded.value where stored.value <> excluded.value`.execute(db)
}

const linkInputs = async (db: Kysely<Database>, runs: readonly PlacedRun[]): Promise<void> => {
  for (const { run, runKey } of runs) {
    const { datasets, modelIds } = run.inputs
    const experimentKey = toExperimentKey(run.experimentId)
    if (datasets.length > 0) {
      await insertDatasets(
        db,
        experimentKey,
        datasets.map(({ dataset }) => dataset),
      )
      await linkDatasets(db, { id: runKey, experiment_id: experimentKey }, datasets)
    }
    if (modelIds.length > 0) await linkModelInputs(db, runKey, modelIds)
    if (run.modelOutputs.length > 0) await linkModelOutputs(db, runKey, run.modelOutputs)
  }
}
