import { randomUUID } from 'node:crypto'
import {
  lastOfEachKey,
  type Lease,
  type Param,
  RUN_NAME_TAG,
  type Tag,
  toStoredParam,
  toStoredTag,
} from '@tidemill/core'
import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import type { EntityKeys, KeyIds } from '../entity-key.ts'
import { artifactUriOf, nowMs, refusalOfExperiment } from '../run.ts'
import type { PreparingAttempt } from './preparing-attempt.ts'
import { ATTEMPT_TAG, PARENT_RUN_ID_TAG, STEP_KEY_TAG, WORKFLOW_RUN_ID_TAG } from './run-tags.ts'
import { setAsideEarlierAttempt } from './set-aside-attempt.ts'
import { retryConflicts, transact } from './transaction.ts'

export interface AttemptRun {
  readonly runId: string
  readonly artifactUri: string
}

interface RunData {
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
}

/** Undefined: the lease is lost. Throws ResourceDoesNotExistError or InvalidParameterValueError (deleted experiment). */
export const prepareAttempt = async (
  db: Kysely<Database>,
  keys: EntityKeys,
  lease: Lease,
  run: RunData,
): Promise<AttemptRun | undefined> => {
  const keyIds = await keys.idsOf([...ENGINE_TAGS, ...[...run.params, ...run.tags].map(({ key }) => key)])
  const prepared = await retryConflicts(() => startPreparing(db, lease, run, keyIds, sql`not ${isSecondTry}`))
  return prepared ?? transact(db, (trx) => prepareSlowly(trx, lease, run, keyIds))
}

const ENGINE_TAGS = [RUN_NAME_TAG, PARENT_RUN_ID_TAG, WORKFLOW_RUN_ID_TAG, STEP_KEY_TAG, ATTEMPT_TAG]

/** Over the tables `attempt` and `workflow_run`: what an earlier attempt logged to the root run has to go first. */
const isSecondTry = sql`(workflow_run.target = 'entry_point' and attempt.number > 1)`

/** What `startPreparing` does not do: the second try of a single entry point, and the refusal. */
const prepareSlowly = async (
  trx: Transaction<Database>,
  lease: Lease,
  run: RunData,
  keyIds: KeyIds,
): Promise<AttemptRun | undefined> => {
  const attempt = await findLeasedAttempt(trx, lease)
  if (attempt === undefined) return undefined
  if (attempt.target === 'entry_point' && attempt.number > 1) await setAsideEarlierAttempt(trx, attempt)
  const prepared = await startPreparing(trx, lease, run, keyIds, sql`true`)
  if (prepared === undefined) throw await refusalOfExperiment(trx, attempt.experiment_id)
  return prepared
}

/** Stays locked. */
const findLeasedAttempt = async (trx: Transaction<Database>, lease: Lease): Promise<PreparingAttempt | undefined> => {
  const result = await sql<PreparingAttempt>`
    select attempt.step_cell_id as step_cell_key, attempt.number, step_run.key as step_key,
      workflow_run.workflow_run_id, workflow_run.target, workflow_run.run_id as root_run_id,
      workflow_run.experiment_id
    from attempt
    join step_cell on step_cell.id = attempt.step_cell_id
    join step_run on step_run.id = step_cell.step_run_id
    join workflow_run on workflow_run.id = attempt.workflow_run_id
    where attempt.attempt_id = ${lease.attemptId} and attempt.fence = ${lease.fence} and attempt.state = 'LEASED'
    for no key update of attempt`.execute(trx)
  return result.rows[0]
}

/** Name and tags of the run of the attempt in the CTE `preparing`. */
const FACTS = sql`
  select preparing.*, step_run.key as step_key, workflow_run.target, workflow_run.user_id,
    workflow_run.workflow_run_id as public_id, workflow_run.run_id as root_run_id,
    step_run.key || case when step_run.cell_count = 1 then '' else '-' || step_cell.cell_index + 1 end
      || case when preparing.number = 1 then '' else ' (attempt ' || preparing.number || ')' end as run_name
  from preparing
  join step_cell on step_cell.id = preparing.step_cell_id
  join step_run on step_run.id = step_cell.step_run_id
  join workflow_run on workflow_run.id = preparing.workflow_run_id`

/** The root run has its name and its workflow run already. */
const engineTags = (keyIds: KeyIds) => sql`
  select engine.key_id, engine.value
  from facts, lateral (values
    (${keyIds.get(STEP_KEY_TAG)}::int, facts.step_key, true),
    (${keyIds.get(ATTEMPT_TAG)}::int, facts.number::text, true),
    (${keyIds.get(RUN_NAME_TAG)}::int, facts.run_name, false),
    (${keyIds.get(PARENT_RUN_ID_TAG)}::int, facts.root_run_id, false),
    (${keyIds.get(WORKFLOW_RUN_ID_TAG)}::int, facts.public_id, false)
  ) as engine (key_id, value, is_for_root)
  where facts.target = 'workflow' or engine.is_for_root`

/** CTEs that write params and tags to the run in the CTE `own`; the engine's tags win. */
const loggedData = ({ params, tags }: RunData, keyIds: KeyIds) => {
  const storedParams = params.map(toStoredParam)
  const storedTags = lastOfEachKey(tags).map(toStoredTag)
  const idsOf = (entries: readonly { readonly key: string }[]) => entries.map(({ key }) => keyIds.get(key))
  const valuesOf = (entries: readonly { readonly value: string }[]) => entries.map(({ value }) => value)
  return sql`
    params as (
      insert into run_param (run_id, key_id, experiment_id, value)
      select own.id, given.key_id, own.experiment_id, given.value
      from own, unnest(${idsOf(storedParams)}::int[], ${valuesOf(storedParams)}::text[]) as given (key_id, value)
      order by given.key_id
      on conflict (run_id, key_id) do nothing
    ),
    engine_tag as (${engineTags(keyIds)}),
    tag as (
      select key_id, value from engine_tag
      union all
      select given.key_id, given.value
      from unnest(${idsOf(storedTags)}::int[], ${valuesOf(storedTags)}::text[]) as given (key_id, value)
      where not exists (select from engine_tag where engine_tag.key_id = given.key_id)
    ),
    tags as (
      insert into run_tag (run_id, key_id, experiment_id, value)
      select own.id, tag.key_id, own.experiment_id, tag.value from own, tag order by tag.key_id
      on conflict (run_id, key_id) do update set value = excluded.value
    ),
    unsettled as (
      insert into run_unsettled (run_id, experiment_id) select id, experiment_id from own on conflict do nothing
    )`
}

/**
 * One statement, so that the hottest rows (keys, experiment) are held for a moment only. Undefined: the lease is lost,
 * the experiment takes no new run, or `guard` is false.
 *
 * A child run is named `train`, `train-2` for the second cell of a matrix, `train-2 (attempt 3)`. The root run of a
 * single entry point is taken as it is; the code of an earlier attempt may have ended it.
 */
const startPreparing = async (
  db: Kysely<Database>,
  lease: Lease,
  run: RunData,
  keyIds: KeyIds,
  guard: RawBuilder<unknown>,
): Promise<AttemptRun | undefined> => {
  const childRunId = randomUUID().replaceAll('-', '')
  const result = await sql<AttemptRun>`
    with target as (
      -- The lock keeps a deletion of the experiment from missing a new run.
      select experiment.experiment_id, experiment.artifact_location
      from attempt
      join workflow_run on workflow_run.id = attempt.workflow_run_id
      join experiment on experiment.experiment_id = workflow_run.experiment_id
      where attempt.attempt_id = ${lease.attemptId}
        and (experiment.lifecycle_stage = 'active' or workflow_run.target = 'entry_point')
      for share of experiment
    ),
    preparing as (
      update attempt set state = 'PREPARING',
        run_id = case when workflow_run.target = 'entry_point' then workflow_run.run_id else ${childRunId} end
      from target, workflow_run
      where attempt.attempt_id = ${lease.attemptId} and attempt.fence = ${lease.fence} and attempt.state = 'LEASED'
        and workflow_run.id = attempt.workflow_run_id and ${guard}
      returning attempt.attempt_id, attempt.number, attempt.step_cell_id, attempt.workflow_run_id, attempt.run_id
    ),
    facts as (${FACTS}),
    root as (
      update run set status = 'RUNNING', end_time = null from facts
      where run.run_id = facts.root_run_id and facts.target = 'entry_point'
      returning run.id, run.run_id, run.experiment_id, run.artifact_uri
    ),
    child as (
      insert into run (run_id, experiment_id, name, user_id, status, start_time, artifact_uri)
      select ${childRunId}, target.experiment_id, facts.run_name, facts.user_id, 'RUNNING', ${nowMs},
        ${artifactUriOf(childRunId)}
      from facts, target where facts.target = 'workflow'
      returning id, run_id, experiment_id, artifact_uri
    ),
    own as (select * from root union all select * from child),
    ${loggedData(run, keyIds)},
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state)
      select workflow_run_id, 'attempt', attempt_id, 'PREPARING' from preparing
    )
    select run_id as "runId", artifact_uri as "artifactUri" from own`.execute(db)
  return result.rows[0]
}
