import {
  type Attempt,
  InvalidParameterValueError,
  type Page,
  type Reader,
  ResourceDoesNotExistError,
  type StepCell,
  type StepRun,
  type WorkflowRun,
  type WorkflowRunState,
} from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import { jsonArrayFrom } from 'kysely/helpers/postgres'
import { isReadableExperiment } from '../../auth/readable.ts'
import type { Database } from '../../tables/database.ts'
import { findExperimentKey } from '../../tracking/identifiers.ts'

/** Throws ResourceDoesNotExistError. */
export const getWorkflowRun = async (db: Kysely<Database>, workflowRunId: string): Promise<WorkflowRun> => {
  const row = await selectWorkflowRuns(db).where('workflow_run.workflow_run_id', '=', workflowRunId).executeTakeFirst()
  if (row === undefined) throw unknownWorkflowRun(workflowRunId)
  return toWorkflowRun(row)
}

export const unknownWorkflowRun = (workflowRunId: string): ResourceDoesNotExistError =>
  new ResourceDoesNotExistError(
    `No workflow run with id '${workflowRunId}'. GET /api/tidemill/v1/workflow-runs lists the ones there are.`,
  )

/** Newest first. Throws InvalidParameterValueError for a page token that is not one of ours. */
export const searchWorkflowRuns = async (
  db: Kysely<Database>,
  search: {
    readonly states?: readonly WorkflowRunState[]
    readonly experimentId?: string
    readonly reader?: Reader
    readonly maxResults: number
    readonly pageToken?: string
  },
): Promise<Page<WorkflowRun>> => {
  let query = selectWorkflowRuns(db)
    .orderBy('workflow_run.id', 'desc')
    .limit(search.maxResults + 1)
  if (search.reader !== undefined) {
    query = query.where(isReadableExperiment(search.reader, sql.ref('workflow_run.experiment_id')))
  }
  if (search.states !== undefined) query = query.where('workflow_run.state', 'in', search.states)
  if (search.experimentId !== undefined) {
    // An id that is no number is of no experiment.
    const experimentKey = findExperimentKey(search.experimentId)
    if (experimentKey === undefined) return { items: [] }
    query = query.where('workflow_run.experiment_id', '=', experimentKey)
  }
  if (search.pageToken !== undefined) query = query.where('workflow_run.id', '<', parsePageToken(search.pageToken))
  const rows = await query.execute()
  const page = rows.slice(0, search.maxResults)
  const last = page.at(-1)
  return {
    items: page.map(toWorkflowRun),
    ...(rows.length > page.length && last !== undefined ? { nextPageToken: toPageToken(last.id) } : {}),
  }
}

const toPageToken = (id: number): string => Buffer.from(String(id)).toString('base64url')

const parsePageToken = (token: string): number => {
  const text = Buffer.from(token, 'base64url').toString()
  if (!/^\d{1,15}$/.test(text)) {
    throw new InvalidParameterValueError(
      `Invalid page token '${token}'. Send the next_page_token of the page before, or none for the first page.`,
    )
  }
  return Number(text)
}

const ms = (column: string) => sql<number>`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`
const msOrNull = (column: string) => sql<number | null>`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`

// One statement, so that the states of runs, steps and attempts are of one moment.
const selectWorkflowRuns = (db: Kysely<Database>) =>
  db.selectFrom('workflow_run').select((eb) => [
    'workflow_run.id',
    'workflow_run.workflow_run_id',
    'workflow_run.run_id',
    'workflow_run.experiment_id',
    'workflow_run.state',
    'workflow_run.reason',
    'workflow_run.name',
    'workflow_run.source',
    'workflow_run.parameters',
    ms('workflow_run.created_at').as('created_at'),
    msOrNull('workflow_run.started_at').as('started_at'),
    msOrNull('workflow_run.ended_at').as('ended_at'),
    jsonArrayFrom(
      eb
        .selectFrom('step_run')
        .whereRef('step_run.workflow_run_id', '=', 'workflow_run.id')
        .orderBy('step_run.position')
        .select((step) => [
          'step_run.key',
          'step_run.state',
          'step_run.reason',
          jsonArrayFrom(
            step
              .selectFrom('step_edge')
              .innerJoin('step_run as needed', 'needed.id', 'step_edge.needs_step_run_id')
              .whereRef('step_edge.step_run_id', '=', 'step_run.id')
              .orderBy('needed.position')
              .select('needed.key'),
          ).as('needs'),
          jsonArrayFrom(
            step
              .selectFrom('step_cell')
              .whereRef('step_cell.step_run_id', '=', 'step_run.id')
              .orderBy('step_cell.cell_index')
              .select((cell) => [
                'step_cell.cell_index',
                'step_cell.matrix',
                'step_cell.state',
                'step_cell.reason',
                jsonArrayFrom(
                  cell
                    .selectFrom('attempt')
                    .whereRef('attempt.step_cell_id', '=', 'step_cell.id')
                    .orderBy('attempt.number')
                    .select([
                      'attempt.attempt_id',
                      'attempt.number',
                      'attempt.state',
                      'attempt.worker_id',
                      'attempt.run_id',
                      'attempt.exit_code',
                      'attempt.reason',
                      ms('attempt.queued_at').as('queued_at'),
                      msOrNull('attempt.started_at').as('started_at'),
                      msOrNull('attempt.ended_at').as('ended_at'),
                    ]),
                ).as('attempts'),
              ]),
          ).as('cells'),
        ]),
    ).as('steps'),
  ])

type WorkflowRunRow = Awaited<ReturnType<ReturnType<typeof selectWorkflowRuns>['executeTakeFirstOrThrow']>>
type StepRow = WorkflowRunRow['steps'][number]
type CellRow = StepRow['cells'][number]
type AttemptRow = CellRow['attempts'][number]

const toWorkflowRun = (row: WorkflowRunRow): WorkflowRun => ({
  workflowRunId: row.workflow_run_id,
  runId: row.run_id,
  experimentId: String(row.experiment_id),
  state: row.state,
  ...(row.reason === null ? {} : { reason: row.reason }),
  name: row.name,
  source: row.source,
  parameters: row.parameters,
  createdAt: row.created_at,
  ...(row.started_at === null ? {} : { startedAt: row.started_at }),
  ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
  steps: row.steps.map(toStepRun),
})

const toStepRun = (row: StepRow): StepRun => ({
  key: row.key,
  state: row.state,
  ...(row.reason === null ? {} : { reason: row.reason }),
  needs: row.needs.map(({ key }) => key),
  cells: row.cells.map(toStepCell),
})

const toStepCell = (row: CellRow): StepCell => ({
  index: row.cell_index,
  matrix: row.matrix,
  state: row.state,
  ...(row.reason === null ? {} : { reason: row.reason }),
  attempts: row.attempts.map(toAttempt),
})

const toAttempt = (row: AttemptRow): Attempt => ({
  attemptId: row.attempt_id,
  number: row.number,
  state: row.state,
  ...(row.worker_id === null ? {} : { workerId: row.worker_id }),
  ...(row.run_id === null ? {} : { runId: row.run_id }),
  ...(row.exit_code === null ? {} : { exitCode: row.exit_code }),
  ...(row.reason === null ? {} : { reason: row.reason }),
  queuedAt: row.queued_at,
  ...(row.started_at === null ? {} : { startedAt: row.started_at }),
  ...(row.ended_at === null ? {} : { endedAt: row.ended_at }),
})
