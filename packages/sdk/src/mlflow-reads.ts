import {
  ExperimentResponse,
  type ExperimentWire,
  ListRunArtifactsResponse,
  RunResponse,
  type RunWire,
  SearchRunsResponse,
} from '@tidemill/core'
import { ApiError } from './errors.ts'
import type { Http } from './http.ts'

/** The reads of MLflow's REST API that our own tools need, as they are on the wire; users have MLflow's clients. */
export interface MlflowReads {
  /** Throws ApiError 404 for an unknown run. */
  getRun(runId: string): Promise<RunWire>
  searchRuns(search: RunSearchRequest): Promise<{ readonly runs: readonly RunWire[]; readonly nextPageToken?: string }>
  /** Direct children of `path` in the run's artifacts. */
  listArtifacts(runId: string, path?: string): Promise<ListRunArtifacts>
  /** Undefined when there is none of this name. */
  findExperimentByName(name: string): Promise<ExperimentWire | undefined>
}

export interface RunSearchRequest {
  readonly experimentIds: readonly string[]
  /** MLflow's filter language. */
  readonly filter?: string
  readonly orderBy?: readonly string[]
  /** @default 1000 */
  readonly maxResults?: number
  readonly pageToken?: string
}

export interface ListRunArtifacts {
  readonly rootUri: string
  readonly files: readonly { readonly path: string; readonly isDir: boolean; readonly sizeBytes?: number }[]
}

const BASE = '/api/2.0/mlflow'

export const createMlflowReads = (http: Http): MlflowReads => ({
  getRun: async (runId) => (await http.json({ path: `${BASE}/runs/get`, query: { run_id: runId } }, RunResponse)).run,
  searchRuns: async (search) => {
    const answer = await http.json(
      {
        method: 'POST',
        path: `${BASE}/runs/search`,
        body: {
          experiment_ids: search.experimentIds,
          filter: search.filter,
          order_by: search.orderBy,
          max_results: search.maxResults,
          page_token: search.pageToken,
        },
      },
      SearchRunsResponse,
    )
    return {
      runs: answer.runs,
      ...(answer.next_page_token === undefined ? {} : { nextPageToken: answer.next_page_token }),
    }
  },
  listArtifacts: async (runId, path) => {
    const answer = await http.json(
      { path: `${BASE}/artifacts/list`, query: { run_id: runId, path } },
      ListRunArtifactsResponse,
    )
    return {
      rootUri: answer.root_uri,
      files: answer.files.map((file) => ({
        path: file.path,
        isDir: file.is_dir,
        ...(file.file_size === undefined ? {} : { sizeBytes: file.file_size }),
      })),
    }
  },
  findExperimentByName: async (name) => {
    try {
      const path = `${BASE}/experiments/get-by-name`
      return (await http.json({ path, query: { experiment_name: name } }, ExperimentResponse)).experiment
    } catch (error) {
      if (error instanceof ApiError && error.status === 404) return undefined
      throw error
    }
  },
})
