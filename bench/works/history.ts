import { type Contender, isOurs } from '../contenders/contender.ts'
import { type Api, at, listAt, openApi, textAt } from '../load/api.ts'
import { queryOnce } from '../processes/postgres-cluster.ts'
import { untilQuiet } from '../tracking/until-quiet.ts'
import { createRun } from './logging.ts'
import type { Work } from './work.ts'

const KEY = 'loss'
const BATCH = 1000
const SAMPLES = 320
const PAGE = 25_000
const FIRST_TIMESTAMP = 1_700_000_000_000

const seeded = new WeakMap<Contender, Promise<string>>()

/** Run with one metric of so many points, step i at value i / 1000; made once for each contender. */
const seedHistory = (contender: Contender, points: number): Promise<string> => {
  const runId = seeded.get(contender) ?? seed(contender, points)
  seeded.set(contender, runId)
  return runId
}

const seed = async (contender: Contender, points: number): Promise<string> => {
  await using api = openApi(contender.origin, 4)
  const runId = await createRun(api)
  if (isOurs(contender.name)) {
    for (let first = 0; first < points; first += BATCH) await logPoints(api, runId, first)
    await api.post('mlflow/runs/update', { run_id: runId, status: 'FINISHED', end_time: Date.now() })
    await untilQuiet(contender)
    if (contender.database !== undefined) await queryOnce(contender.database, 'vacuum analyze')
    return runId
  }
  if (contender.database === undefined) throw new Error(`${contender.name} has no database to seed`)
  await queryOnce(
    contender.database,
    `insert into metrics (key, value, timestamp, run_uuid, step, is_nan)
       select '${KEY}', i / 1000.0, ${FIRST_TIMESTAMP} + i, '${runId}', i, false from generate_series(0, ${points - 1}) i;
     insert into latest_metrics (key, value, timestamp, step, is_nan, run_uuid)
       values ('${KEY}', ${points - 1} / 1000.0, ${FIRST_TIMESTAMP} + ${points - 1}, ${points - 1}, false, '${runId}')`,
  )
  await queryOnce(contender.database, 'vacuum analyze')
  return runId
}

const logPoints = (api: Api, runId: string, first: number): Promise<unknown> =>
  api.post('mlflow/runs/log-batch', {
    run_id: runId,
    metrics: Array.from({ length: BATCH }, (_, index) => ({
      key: KEY,
      value: (first + index) / 1000,
      timestamp: FIRST_TIMESTAMP + first + index,
      step: first + index,
    })),
  })

const checkPoint = (point: unknown): void => {
  const step = Number(at(point, 'step'))
  if (Number(at(point, 'value')) !== step / 1000) throw new Error(`A wrong point came: ${JSON.stringify(point)}`)
}

export const sampledHistoryWork: Work = {
  name: 'sampled-history',
  title: `1M-point history, sampled to ${SAMPLES}`,
  connections: 1,
  contenders: ['mlflow', 'tidemill', 'tidemill-embedded'],
  goals: { mlflow: 200 },
  limits: { p50Ms: 5 },
  hasOpenLoop: false,
  prepare: async (contender, scale) => {
    const runId = await seedHistory(contender, scale.historyPoints)
    const query = { run_ids: runId, metric_key: KEY, max_results: String(SAMPLES) }
    const path = 'mlflow/metrics/get-history-bulk-interval'
    return async () => ({
      scripts: [[{ method: 'GET', path: `/api/2.0/${path}?${new URLSearchParams(query).toString()}` }]],
      check: async () => {
        await using api = openApi(contender.origin, 1)
        const points = listAt(await api.get(path, query), 'metrics')
        for (const point of points) checkPoint(point)
        const last = Number(at(points.at(-1), 'step'))
        if (points.length < SAMPLES || points.length > SAMPLES + 2 || last !== scale.historyPoints - 1) {
          throw new Error(`${points.length} points came, the last at step ${last}`)
        }
      },
    })
  },
}

export const historyPageWork: Work = {
  name: 'history-page',
  title: '25k page in the middle of a 1M-point history',
  connections: 1,
  contenders: ['mlflow', 'tidemill', 'tidemill-embedded'],
  goals: { mlflow: 60 },
  limits: { p50Ms: 25 },
  hasOpenLoop: false,
  prepare: async (contender, scale) => {
    const runId = await seedHistory(contender, scale.historyPoints)
    const size = Math.min(PAGE, scale.historyPoints / 4)
    const offset = Math.floor(scale.historyPoints / 2 / size) * size
    const query = {
      run_id: runId,
      metric_key: KEY,
      max_results: String(size),
      page_token: await pageToken(contender, runId, offset, size),
    }
    return async () => ({
      scripts: [
        [{ method: 'GET', path: `/api/2.0/mlflow/metrics/get-history?${new URLSearchParams(query).toString()}` }],
      ],
      check: async () => {
        await using api = openApi(contender.origin, 1)
        const points = listAt(await api.get('mlflow/metrics/get-history', query), 'metrics')
        for (const point of points) checkPoint(point)
        if (points.length !== size || Number(at(points[0], 'step')) !== offset) {
          throw new Error(
            `${points.length} points came, the first ${JSON.stringify(points[0])}; ${size} from ${offset} were due`,
          )
        }
      },
    })
  },
}

/** MLflow's token is an offset, ours has to be walked to. */
const pageToken = async (contender: Contender, runId: string, offset: number, size: number): Promise<string> => {
  if (!isOurs(contender.name)) return Buffer.from(JSON.stringify({ offset })).toString('base64')
  await using api = openApi(contender.origin, 1)
  let token: string | undefined
  for (let passed = 0; passed < offset; passed += size) {
    const answer = await api.get('mlflow/metrics/get-history', {
      run_id: runId,
      metric_key: KEY,
      max_results: String(size),
      ...(token === undefined ? {} : { page_token: token }),
    })
    token = textAt(answer, 'next_page_token')
  }
  if (token === undefined) throw new Error('The page must not be the first one')
  return token
}
