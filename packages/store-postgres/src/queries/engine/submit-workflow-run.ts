import { randomUUID } from 'node:crypto'
import {
  expandMatrix,
  type Idempotency,
  InvalidParameterValueError,
  type NewWorkflowRun,
  NO_RETRY,
  ResourceConflictError,
  resolveRunName,
  type StepDefinition,
} from '@tidemill/core'
import { type Kysely, sql, type Transaction } from 'kysely'
import type { Database } from '../../tables/database.ts'
import type { ExperimentKey } from '../../tables/experiment.ts'
import { findExperimentKey } from '../../tracking/identifiers.ts'
import { noExperiment } from '../../tracking/refusals.ts'
import type { EntityKeys, KeyIds } from '../entity-key.ts'
import { insertRun } from '../run.ts'
import { insertRunParams } from '../run-param.ts'
import { setRunTags } from '../run-tag.ts'
import { queueAttempts } from './queue-attempts.ts'
import { WORKFLOW_RUN_ID_TAG } from './run-tags.ts'
import { transact } from './transaction.ts'

const MAX_CELLS = 10_000

/** Answers the id of the new workflow run, or of the one that the idempotency key made before. */
export const submitWorkflowRun = async (
  db: Kysely<Database>,
  keys: EntityKeys,
  workflowRun: NewWorkflowRun,
): Promise<{ readonly workflowRunId: string; readonly created: boolean }> => {
  const { idempotency } = workflowRun
  const earlier = idempotency === undefined ? undefined : await findSubmission(db, idempotency)
  if (earlier !== undefined) return { workflowRunId: earlier, created: false }

  const steps = stepRowsOf(workflowRun)
  checkStorable(workflowRun)
  const rootTags = rootTagsOf(workflowRun, `w-${randomHex()}`)
  const keyIds = await keys.idsOf([...rootTags.tags.map(({ key }) => key), ...Object.keys(workflowRun.parameters)])
  try {
    await transact(db, (trx) => insertSubmission(trx, workflowRun, { ...rootTags, steps, keyIds }))
    return { workflowRunId: rootTags.workflowRunId, created: true }
  } catch (error) {
    if (!(error instanceof KeyTakenError) || idempotency === undefined) throw error
    const winner = await findSubmission(db, idempotency)
    if (winner === undefined) throw error
    return { workflowRunId: winner, created: false }
  }
}

/** Another transaction committed the idempotency key while ours was under way. */
class KeyTakenError extends Error {
  override readonly name = 'KeyTakenError'
}

interface StepRow {
  readonly key: string
  readonly position: number
  readonly entry_point: string
  readonly parameters: StepDefinition['parameters']
  readonly retry: StepDefinition['retry']
  readonly timeout_ms: number | null
  readonly needs: readonly string[]
  readonly cells: readonly Readonly<Record<string, string>>[]
}

const stepRowsOf = ({ target, parameters }: NewWorkflowRun): StepRow[] => {
  const definitions = target.kind === 'workflow' ? target.workflow.steps : [singleStep(target.entryPoint, parameters)]
  const rows = definitions.map((step, position) => ({
    key: step.key,
    position,
    entry_point: step.entryPoint,
    parameters: step.parameters,
    retry: step.retry,
    timeout_ms: step.timeoutMs ?? null,
    needs: [...new Set(step.needs)],
    cells: expandMatrix(step.matrix),
  }))
  const cellCount = rows.reduce((sum, { cells }) => sum + cells.length, 0)
  if (cellCount > MAX_CELLS) {
    throw new InvalidParameterValueError(
      `The workflow expands to ${cellCount} cells, the limit is ${MAX_CELLS}. Give fewer values to its matrix steps, or split it into several workflows.`,
    )
  }
  return rows
}

const singleStep = (entryPoint: string, parameters: Readonly<Record<string, string>>): StepDefinition => ({
  key: entryPoint,
  entryPoint,
  needs: [],
  parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
  matrix: [],
  retry: NO_RETRY,
})

/** Throws InvalidParameterValueError for a NUL character, which Postgres cannot keep and no command line can carry. */
const checkStorable = (workflowRun: NewWorkflowRun): void => {
  JSON.stringify(workflowRun, (key, value: unknown) => {
    if (key.includes('\0') || (typeof value === 'string' && value.includes('\0'))) {
      throw new InvalidParameterValueError(
        `The value of ${JSON.stringify(key)} contains a NUL character, which no command line can carry. Remove it.`,
      )
    }
    return value
  })
}

const rootTagsOf = (workflowRun: NewWorkflowRun, workflowRunId: string) => {
  const { name, tags } = resolveRunName(workflowRun, Math.random)
  return { workflowRunId, runName: name, tags: [...tags, { key: WORKFLOW_RUN_ID_TAG, value: workflowRunId }] }
}

const insertSubmission = async (
  trx: Transaction<Database>,
  workflowRun: NewWorkflowRun,
  root: ReturnType<typeof rootTagsOf> & { readonly steps: readonly StepRow[]; readonly keyIds: KeyIds },
): Promise<void> => {
  const run = await insertRun(trx, {
    runId: randomHex(),
    experimentId: toExperimentKey(workflowRun.experimentId),
    name: root.runName,
    userId: workflowRun.userId,
    status: 'RUNNING',
  })
  const params = Object.entries(workflowRun.parameters).map(([key, value]) => ({ key, value }))
  await insertRunParams(trx, run.id, params, root.keyIds)
  await setRunTags(trx, run.id, root.tags, root.keyIds)
  const workflowRunKey = await insertWorkflowRun(trx, workflowRun, root.workflowRunId, run.run_id, root.steps)
  if (workflowRun.idempotency === undefined) return
  const claimed = await trx
    .insertInto('idempotency_key')
    .values({
      key: workflowRun.idempotency.key,
      request_hash: workflowRun.idempotency.requestHash,
      workflow_run_id: workflowRunKey,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('key')
    .executeTakeFirst()
  if (claimed === undefined) throw new KeyTakenError()
}

const insertWorkflowRun = async (
  trx: Transaction<Database>,
  { source, spec, target, ...given }: NewWorkflowRun,
  workflowRunId: string,
  runId: string,
  steps: readonly StepRow[],
): Promise<number> => {
  const title = target.kind === 'workflow' ? target.workflow.name : target.entryPoint
  const result = await sql<{ id: number }>`
    with created as (
      insert into workflow_run (workflow_run_id, run_id, experiment_id, state, target, name, source, spec, parameters,
        environment_manager, build_image, priority, labels, user_id, submitter_id, default_permission, open_steps)
      values (${workflowRunId}, ${runId}, ${toExperimentKey(given.experimentId)}, 'QUEUED', ${target.kind}, ${title},
        ${JSON.stringify(source)}::jsonb, ${JSON.stringify(spec)}::jsonb, ${JSON.stringify(given.parameters)}::json,
        ${given.environmentManager ?? null}, ${given.buildImage}, ${given.priority}, ${[...given.labels]}::text[],
        ${given.userId}, ${given.submitter?.userId ?? null}, ${given.submitter?.defaultPermission ?? null},
        ${steps.length})
      returning id
    ),
    input as (
      select * from json_to_recordset(${JSON.stringify(steps)}::json) as step (key text, position int,
        entry_point text, parameters jsonb, retry jsonb, timeout_ms bigint, needs json, cells json)
    ),
    steps as (
      insert into step_run (workflow_run_id, key, position, entry_point, parameters, retry, timeout_ms, state,
        pending_needs, cell_count, open_cells)
      select created.id, key, position, entry_point, parameters, retry, timeout_ms,
        case when json_array_length(needs) = 0 then 'READY' else 'BLOCKED' end,
        json_array_length(needs), json_array_length(cells), json_array_length(cells)
      from input cross join created
      order by position
      returning id, key, workflow_run_id, state
    ),
    edges as (
      insert into step_edge (step_run_id, needs_step_run_id)
      select step.id, needed.id
      from input cross join lateral json_array_elements_text(input.needs) as need (key)
      join steps step on step.key = input.key
      join steps needed on needed.key = need.key
    ),
    cells as (
      insert into step_cell (step_run_id, workflow_run_id, cell_index, matrix, state)
      select step.id, step.workflow_run_id, cell.number - 1, cell.matrix, step.state
      from input cross join lateral json_array_elements(input.cells) with ordinality as cell (matrix, number)
      join steps step on step.key = input.key
      order by input.position, cell.number
      returning id, workflow_run_id, state
    ),
    ready as (select id, workflow_run_id from cells where state = 'READY'),
    ${queueAttempts},
    event as (
      insert into workflow_event (workflow_run_id, subject, subject_id, state)
      select id, 'workflow_run', ${workflowRunId}, 'QUEUED' from created
    )
    select id from created`.execute(trx)
  const row = result.rows[0]
  if (row === undefined) throw new Error('The insert of a workflow run answered no row')
  return row.id
}

/** The id of the workflow run that the key made. Throws ResourceConflictError when it came with another request. */
export const findSubmission = async (
  db: Kysely<Database>,
  { key, requestHash }: Idempotency,
): Promise<string | undefined> => {
  const found = await db
    .selectFrom('idempotency_key')
    .innerJoin('workflow_run', 'workflow_run.id', 'idempotency_key.workflow_run_id')
    .where('idempotency_key.key', '=', key)
    .select(['idempotency_key.request_hash', 'workflow_run.workflow_run_id'])
    .executeTakeFirst()
  if (found === undefined) return undefined
  if (found.request_hash !== requestHash) {
    throw new ResourceConflictError(
      `The Idempotency-Key '${key}' was already used for workflow run ${found.workflow_run_id} with another request. Send the same request again, or use a new key.`,
    )
  }
  return found.workflow_run_id
}

const toExperimentKey = (experimentId: string): ExperimentKey => {
  const key = findExperimentKey(experimentId)
  if (key === undefined) throw noExperiment(experimentId)
  return key
}

const randomHex = (): string => randomUUID().replaceAll('-', '')
