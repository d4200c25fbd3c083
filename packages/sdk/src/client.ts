import {
  ListWorkersResponse,
  type LogLineWire,
  QueueResponse,
  ReadLogsResponse,
  SearchWorkflowRunsResponse,
  type SubmitWorkflowRunRequest,
  WorkflowRunResponse,
  type WorkflowRunState,
  type WorkflowRunWire,
} from '@tidemill/core'
import { type Credentials, toLoginHeaders } from './credentials.ts'
import { type FollowLogsOptions, followLogs } from './follow-logs.ts'
import { createHttp } from './http.ts'
import { createMlflowReads, type MlflowReads } from './mlflow-reads.ts'

export interface ClientOptions {
  /** Of the server, e.g. `http://127.0.0.1:5000`. */
  readonly url: string
  /** @default none, for a server that asks nobody who they are */
  readonly credentials?: Credentials
  /** @default the global fetch */
  readonly fetch?: typeof globalThis.fetch
  /** Limit of one request, in ms. A submission has its own. @default 30000 */
  readonly timeoutMs?: number
}

/** The server fetches the repository before it answers a submission. */
const SUBMIT_TIMEOUT_MS = 15 * 60_000

/**
 * Tidemill's REST API as typed calls. All throw ApiError (the server said no), ServerUnreachableError (nobody
 * answered) or UnexpectedAnswerError (not a Tidemill server).
 */
export interface TidemillClient extends MlflowReads {
  readonly url: string
  /** Answers once the submission is durable. A repeated `idempotencyKey` gives the first workflow run again. */
  submitWorkflowRun(
    request: SubmitWorkflowRunRequest,
    options?: { readonly idempotencyKey?: string; readonly signal?: AbortSignal },
  ): Promise<WorkflowRunResponse>
  getWorkflowRun(workflowRunId: string): Promise<WorkflowRunWire>
  /** Newest first. */
  searchWorkflowRuns(search?: WorkflowRunSearch): Promise<SearchWorkflowRunsResponse>
  cancelWorkflowRun(workflowRunId: string): Promise<WorkflowRunWire>
  retryWorkflowRun(workflowRunId: string): Promise<WorkflowRunWire>
  pauseWorkflowRun(workflowRunId: string): Promise<WorkflowRunWire>
  resumeWorkflowRun(workflowRunId: string): Promise<WorkflowRunWire>
  approveWorkflowRun(workflowRunId: string): Promise<WorkflowRunWire>
  /** The lines that are there, from line number `from` (from 1). */
  readLogs(attemptId: string, options?: { readonly from?: number }): Promise<ReadLogsResponse>
  followLogs(attemptId: string, options?: FollowLogsOptions): AsyncIterable<LogLineWire>
  listWorkers(): Promise<ListWorkersResponse['workers']>
  getQueue(): Promise<QueueResponse>
  /** True when the server answers `/health`. */
  isHealthy(): Promise<boolean>
}

export interface WorkflowRunSearch {
  readonly states?: readonly WorkflowRunState[]
  readonly experimentId?: string
  readonly pageToken?: string
  /** 1 to 100. @default 50 */
  readonly maxResults?: number
}

const BASE = '/api/tidemill/v1'

export const createClient = (options: ClientOptions): TidemillClient => {
  const http = createHttp({
    url: options.url,
    fetch: options.fetch,
    headers: toLoginHeaders(options.credentials),
    timeoutMs: options.timeoutMs ?? 30_000,
  })
  const workflowRunPath = (id: string): string => `${BASE}/workflow-runs/${encodeURIComponent(id)}`
  const move = async (workflowRunId: string, action: string): Promise<WorkflowRunWire> => {
    const path = `${workflowRunPath(workflowRunId)}/${action}`
    return (await http.json({ method: 'POST', path, body: {} }, WorkflowRunResponse)).workflow_run
  }

  return {
    url: http.url,
    submitWorkflowRun: (request, { idempotencyKey, signal } = {}) =>
      http.json(
        {
          method: 'POST',
          path: `${BASE}/workflow-runs`,
          body: request,
          headers: idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey },
          timeoutMs: SUBMIT_TIMEOUT_MS,
          ...(signal === undefined ? {} : { signal }),
        },
        WorkflowRunResponse,
      ),
    getWorkflowRun: async (id) => (await http.json({ path: workflowRunPath(id) }, WorkflowRunResponse)).workflow_run,
    searchWorkflowRuns: (search = {}) =>
      http.json(
        {
          path: `${BASE}/workflow-runs`,
          query: {
            state: search.states?.join(','),
            experiment_id: search.experimentId,
            page_token: search.pageToken,
            max_results: search.maxResults,
          },
        },
        SearchWorkflowRunsResponse,
      ),
    cancelWorkflowRun: (id) => move(id, 'cancel'),
    retryWorkflowRun: (id) => move(id, 'retry'),
    pauseWorkflowRun: (id) => move(id, 'pause'),
    resumeWorkflowRun: (id) => move(id, 'resume'),
    approveWorkflowRun: (id) => move(id, 'approve'),
    readLogs: (attemptId, { from } = {}) =>
      http.json({ path: `${BASE}/attempts/${encodeURIComponent(attemptId)}/logs`, query: { from } }, ReadLogsResponse),
    followLogs: (attemptId, followOptions = {}) => followLogs(http, attemptId, followOptions),
    listWorkers: async () => (await http.json({ path: `${BASE}/workers` }, ListWorkersResponse)).workers,
    getQueue: () => http.json({ path: `${BASE}/queue` }, QueueResponse),
    isHealthy: async () => (await http.text({ path: '/health' })).trim() === 'OK',
    ...createMlflowReads(http),
  }
}
