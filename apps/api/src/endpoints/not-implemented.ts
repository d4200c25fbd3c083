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
    ['E10', 'POST', '/experiments/search-datasets'],
    ['B8', 'POST', '/experiments/permissions/create'],
    ['B9', 'GET', '/experiments/permissions/get'],
    ['B10', 'PATCH', '/experiments/permissions/update'],
    ['B11', 'DELETE', '/experiments/permissions/delete'],
    ['L1', 'POST', '/logged-models'],
    ['L2', 'PATCH', '/logged-models/:model_id'],
    ['L3', 'GET', '/logged-models/:model_id'],
    ['L4', 'DELETE', '/logged-models/:model_id'],
    ['L6', 'PATCH', '/logged-models/:model_id/tags'],
    ['L7', 'DELETE', '/logged-models/:model_id/tags/:tag_key'],
    ['L8', 'POST', '/logged-models/:model_id/params'],
    ['L9', 'GET', '/logged-models/:model_id/artifacts/directories'],
    ['T10', 'POST', '/traces'],
    ['T14', 'GET', '/traces'],
    ['T11', 'PATCH', '/traces/:request_id'],
    ['T12', 'POST', '/traces/delete-traces'],
    ['T13', 'GET', '/traces/:request_id/info'],
    ['T15', 'PATCH', '/traces/:request_id/tags'],
    ['T16', 'DELETE', '/traces/:request_id/tags'],
    ['T17', 'POST', '/traces/link-to-run'],
  ],
  run: [
    ['R12', 'POST', '/runs/log-model'],
    ['R13', 'POST', '/runs/log-inputs'],
    ['R14', 'POST', '/runs/outputs'],
    ['M2', 'GET', '/metrics/get-history-bulk-interval'],
    ['D-presigned', 'POST', '/artifacts/presigned-download-url'],
  ],
  model: [
    ['G1', 'POST', '/registered-models/create'],
    ['G2', 'POST', '/registered-models/rename'],
    ['G3', 'PATCH', '/registered-models/update'],
    ['G4', 'DELETE', '/registered-models/delete'],
    ['G5', 'GET', '/registered-models/get'],
    ['G6', 'GET', '/registered-models/search'],
    ['G7', 'POST GET', '/registered-models/get-latest-versions'],
    ['G8', 'POST', '/registered-models/set-tag'],
    ['G9', 'DELETE', '/registered-models/delete-tag'],
    ['G10', 'POST', '/registered-models/alias'],
    ['G11', 'DELETE', '/registered-models/alias'],
    ['G12', 'GET', '/registered-models/alias'],
    ['B12', 'POST', '/registered-models/permissions/create'],
    ['B13', 'GET', '/registered-models/permissions/get'],
    ['B14', 'PATCH', '/registered-models/permissions/update'],
    ['B15', 'DELETE', '/registered-models/permissions/delete'],
    ['V1', 'POST', '/model-versions/create'],
    ['V2', 'PATCH', '/model-versions/update'],
    ['V3', 'POST', '/model-versions/transition-stage'],
    ['V4', 'DELETE', '/model-versions/delete'],
    ['V5', 'GET', '/model-versions/get'],
    ['V6', 'GET', '/model-versions/search'],
    ['V7', 'GET', '/model-versions/get-download-uri'],
    ['V8', 'POST', '/model-versions/set-tag'],
    ['V9', 'DELETE', '/model-versions/delete-tag'],
  ],
  server: [
    ['W1', 'POST', '/webhooks'],
    ['W2', 'GET', '/webhooks'],
    ['W3', 'GET', '/webhooks/:webhook_id'],
    ['W4', 'PATCH', '/webhooks/:webhook_id'],
    ['W5', 'DELETE', '/webhooks/:webhook_id'],
    ['W6', 'POST', '/webhooks/:webhook_id/test'],
    ['B1', 'POST', '/users/create'],
    ['B2', 'POST', '/users/create-ui'],
    ['B3', 'GET', '/users/get'],
    ['B4', 'PATCH', '/users/update-password'],
    ['B5', 'PATCH', '/users/update-admin'],
    ['B6', 'DELETE', '/users/delete'],
  ],
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
  run: [
    ['N6', 'GET', '/metrics/get-history-bulk'],
    ['N11', 'POST', '/runs/create-promptlab-run'],
  ],
  experiment: [
    ['N9', 'GET', '/get-trace-artifact'],
    ['N10', 'GET', '/logged-models/:model_id/artifacts/files'],
  ],
  server: [['N12', 'GET POST', '/gateway-proxy']],
}

const root: Table = {
  model: [['N4', 'GET', '/model-versions/get-artifact']],
  experiment: [['N16', 'POST', '/v1/traces']],
  server: [
    ['B7', 'GET', '/signup'],
    ['N13', 'GET POST', '/graphql'],
    ['N15', 'GET', '/metrics'],
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
