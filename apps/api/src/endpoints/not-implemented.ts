import { NotImplementedError } from '@tidemill/core'
import { type Access, type Endpoint, type Level, type Method, rawEndpoint } from '../http/endpoint.ts'

type Row = readonly [id: string, methods: `${Method}` | `${Method} ${Method}`, path: string]
type Table = Partial<Record<'experiment' | 'run' | 'model' | 'server', readonly Row[]>>

/**
 * Every route of spec/rest-api.md §1.2 and §2 that is not built: it says so by name instead of answering wrongly.
 * Workspaces and routes that MLflow itself lacks stay unknown (404). Grouped by what a caller will need access to.
 */
const mlflow2: Table = {
  experiment: [
    ['T10', 'POST', '/traces'],
    ['T14', 'GET', '/traces'],
    ['T11', 'PATCH', '/traces/:request_id'],
    ['T12', 'POST', '/traces/delete-traces'],
    ['T13', 'GET', '/traces/:request_id/info'],
    ['T15', 'PATCH', '/traces/:request_id/tags'],
    ['T16', 'DELETE', '/traces/:request_id/tags'],
    ['T17', 'POST', '/traces/link-to-run'],
  ],
  run: [],
  model: [],
  server: [['B2', 'POST', '/users/create-ui']],
}

const mlflow3: Table = {
  experiment: [
    ['T1', 'POST', '/traces'],
    ['T2', 'GET', '/traces/:trace_id'],
    ['T3', 'GET', '/traces/get'],
    ['T4', 'GET', '/traces/batchGet'],
    ['T5', 'POST', '/traces/search'],
    ['T6', 'POST', '/traces/delete-traces'],
    ['T7', 'POST', '/traces/calculate-filter-correlation'],
    ['T8', 'PATCH', '/traces/:trace_id/tags'],
    ['T9', 'DELETE', '/traces/:trace_id/tags'],
    ['S1', 'POST', '/traces/:trace_id/assessments'],
    ['S2', 'GET', '/traces/:trace_id/assessments/:assessment_id'],
    ['S3', 'PATCH', '/traces/:trace_id/assessments/:assessment_id'],
    ['S4', 'DELETE', '/traces/:trace_id/assessments/:assessment_id'],
    ['C1', 'POST', '/scorers/register'],
    ['C2', 'GET', '/scorers/list'],
    ['C3', 'GET', '/scorers/versions'],
    ['C4', 'GET', '/scorers/get'],
    ['C5', 'DELETE', '/scorers/delete'],
    ['B16', 'POST', '/scorers/permissions/create'],
    ['B17', 'GET', '/scorers/permissions/get'],
    ['B18', 'PATCH', '/scorers/permissions/update'],
    ['B19', 'DELETE', '/scorers/permissions/delete'],
    ['D1', 'POST', '/datasets/create'],
    ['D4', 'POST GET', '/datasets/search'],
    ['D2', 'GET', '/datasets/:dataset_id'],
    ['D3', 'DELETE', '/datasets/:dataset_id'],
    ['D5', 'PATCH', '/datasets/:dataset_id/tags'],
    ['D6', 'DELETE', '/datasets/:dataset_id/tags/:key'],
    ['D7', 'POST', '/datasets/:dataset_id/records'],
    ['D8', 'GET', '/datasets/:dataset_id/records'],
    ['D9', 'GET', '/datasets/:dataset_id/experiment-ids'],
    ['D10', 'POST', '/datasets/:dataset_id/add-experiments'],
    ['D11', 'POST', '/datasets/:dataset_id/remove-experiments'],
  ],
}

const browser: Table = {
  run: [['N11', 'POST', '/runs/create-promptlab-run']],
  experiment: [['N9', 'GET', '/get-trace-artifact']],
  server: [['N12', 'GET POST', '/gateway-proxy']],
}

const root: Table = {
  experiment: [['N16', 'POST', '/v1/traces']],
  server: [
    ['B7', 'GET', '/signup'],
    ['N13', 'GET POST', '/graphql'],
    ['N19', 'POST', '/ajax-api/3.0/jobs/'],
    ['N19', 'POST', '/ajax-api/3.0/jobs/search'],
    ['N19', 'GET', '/ajax-api/3.0/jobs/:job_id'],
  ],
}

const toEndpoints = (table: Table): Endpoint[] => [
  ...(table.experiment ?? []).flatMap((row) => notImplemented(row, (level) => ({ experiment: level }))),
  ...(table.run ?? []).flatMap((row) => notImplemented(row, (level) => ({ run: level }))),
  ...(table.model ?? []).flatMap((row) => notImplemented(row, (level) => ({ model: level }))),
  ...(table.server ?? []).flatMap((row) => notImplemented(row, (level) => ({ server: level }))),
]

const METHODS: readonly Method[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']

const notImplemented = ([id, methods, path]: Row, toAccess: (level: Level) => Access): Endpoint[] =>
  METHODS.filter((method) => methods.split(' ').includes(method)).map((method) =>
    rawEndpoint({
      id,
      method,
      path,
      access: toAccess(method === 'GET' ? 'READ' : method === 'DELETE' ? 'MANAGE' : 'EDIT'),
      handle: async (request) => {
        throw new NotImplementedError(
          `${request.method} ${request.routeOptions.url ?? path} is not implemented by this server yet.`,
        )
      },
    }),
  )

export const notImplementedMlflow2 = toEndpoints(mlflow2)
export const notImplementedMlflow3 = toEndpoints(mlflow3)
export const notImplementedBrowser = toEndpoints(browser)
export const notImplementedRoot = toEndpoints(root)
