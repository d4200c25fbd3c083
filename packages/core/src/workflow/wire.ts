import { z } from 'zod'
import { MAX_PRIORITY } from '../jobs.ts'
import { ENVIRONMENT_MANAGERS } from '../project/project.ts'
import { ATTEMPT_STATES, STEP_RUN_STATES, WORKFLOW_RUN_STATES } from './states.ts'

/**
 * `^[A-Za-z_]…`: an extra parameter's key becomes a `--key` of the command, so it must not carry shell syntax
 * (spec/security.md §3.4). Declared parameters are checked against the project instead.
 */
const ParameterKey = z.string().min(1).max(250)
const ParameterValue = z.union([z.string().max(6000), z.number(), z.boolean()])

export const SubmitWorkflowRunRequest = z.object({
  project: z.object({
    uri: z.string().min(1).max(2048).meta({ description: 'Git URI or folder, with an optional #subdirectory.' }),
    version: z.string().min(1).max(255).optional().meta({ description: 'Branch, tag, full or short SHA.' }),
  }),
  entry_point: z.string().min(1).max(500).optional(),
  workflow: z.string().min(1).max(250).optional(),
  parameters: z.record(ParameterKey, ParameterValue).optional(),
  experiment_name: z.string().min(1).max(500).optional(),
  experiment_id: z.string().min(1).max(64).optional(),
  run_name: z.string().min(1).max(250).optional(),
  environment_manager: z.enum(ENVIRONMENT_MANAGERS).optional(),
  backend_config: z
    .object({ build_image: z.boolean().optional() })
    .optional()
    .meta({ description: 'build_image: put the code of a docker project onto its image.' }),
  labels: z.array(z.string().min(1).max(63)).max(16).optional(),
  priority: z.number().int().min(-MAX_PRIORITY).max(MAX_PRIORITY).optional(),
})
export type SubmitWorkflowRunRequest = z.infer<typeof SubmitWorkflowRunRequest>

const Time = z.number().int().meta({ description: 'ms since the epoch, by the database clock' })

export const AttemptWire = z.object({
  attempt_id: z.string(),
  number: z.number().int(),
  state: z.enum(ATTEMPT_STATES),
  /** Index into `cells` of a matrix step. */
  cell: z.number().int().optional(),
  worker_id: z.string().optional(),
  run_id: z.string().optional(),
  exit_code: z.number().int().optional(),
  reason: z.string().optional(),
  queued_at: Time,
  started_at: Time.optional(),
  ended_at: Time.optional(),
})
export type AttemptWire = z.infer<typeof AttemptWire>

export const StepRunWire = z.object({
  key: z.string(),
  state: z.enum(STEP_RUN_STATES),
  reason: z.string().optional(),
  needs: z.array(z.string()),
  /** Only for a matrix step. */
  cells: z
    .array(
      z.object({
        index: z.number().int(),
        matrix: z.record(z.string(), z.string()),
        state: z.enum(STEP_RUN_STATES),
        reason: z.string().optional(),
      }),
    )
    .optional(),
  attempts: z.array(AttemptWire),
})
export type StepRunWire = z.infer<typeof StepRunWire>

export const WorkflowRunWire = z.object({
  workflow_run_id: z.string(),
  run_id: z.string(),
  experiment_id: z.string(),
  name: z.string(),
  state: z.enum(WORKFLOW_RUN_STATES),
  reason: z.string().optional(),
  project: z.object({ uri: z.string(), version: z.string().optional(), commit: z.string().optional() }),
  parameters: z.record(z.string(), z.string()),
  created_at: Time,
  started_at: Time.optional(),
  ended_at: Time.optional(),
  steps: z.array(StepRunWire),
})
export type WorkflowRunWire = z.infer<typeof WorkflowRunWire>

export const WorkflowRunResponse = z.object({
  workflow_run: WorkflowRunWire,
  /** Only in the answer to a submission. */
  warnings: z.array(z.string()).optional(),
})
export type WorkflowRunResponse = z.infer<typeof WorkflowRunResponse>

export const SearchWorkflowRunsQuery = z.object({
  /** One state, or several joined by commas. */
  state: z.string().max(200).optional(),
  experiment_id: z.string().max(64).optional(),
  page_token: z.string().max(1024).optional(),
  max_results: z.coerce.number().int().min(1).max(100).default(50),
})
export type SearchWorkflowRunsQuery = z.infer<typeof SearchWorkflowRunsQuery>

export const SearchWorkflowRunsResponse = z.object({
  workflow_runs: z.array(WorkflowRunWire),
  next_page_token: z.string().optional(),
})
export type SearchWorkflowRunsResponse = z.infer<typeof SearchWorkflowRunsResponse>

export const LogLineWire = z.object({
  number: z.number().int(),
  stream: z.enum(['stdout', 'stderr', 'system']),
  time: Time,
  text: z.string(),
})
export type LogLineWire = z.infer<typeof LogLineWire>

export const ReadLogsQuery = z.object({
  from: z.coerce.number().int().min(1).default(1),
  follow: z.enum(['true', 'false']).default('false'),
})

/** `next`: the line number to ask for next. `ended`: the attempt has ended and `next` is past its last line. */
export const ReadLogsResponse = z.object({
  lines: z.array(LogLineWire),
  next: z.number().int(),
  ended: z.boolean(),
})
export type ReadLogsResponse = z.infer<typeof ReadLogsResponse>

export const WorkerWire = z.object({
  worker_id: z.string(),
  host: z.string(),
  pid: z.number().int(),
  concurrency: z.number().int(),
  started_at: Time,
  last_seen_at: Time,
  is_alive: z.boolean(),
  attempts: z.array(
    z.object({ attempt_id: z.string(), workflow_run_id: z.string(), step_key: z.string(), state: z.string() }),
  ),
})
export type WorkerWire = z.infer<typeof WorkerWire>

export const ListWorkersResponse = z.object({ workers: z.array(WorkerWire) })
export type ListWorkersResponse = z.infer<typeof ListWorkersResponse>

export const QueueResponse = z.object({
  depth: z.number().int(),
  oldest_queued_at: Time.optional(),
  waiting: z.array(z.object({ reason: z.enum(['queued', 'backoff', 'blocked', 'paused']), count: z.number().int() })),
})
export type QueueResponse = z.infer<typeof QueueResponse>
