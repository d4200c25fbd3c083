import { type Api, at, listAt, openApi, textAt } from '../load/api.ts'
import { CAPTURED, COUNTER } from '../load/body-template.ts'
import type { Script } from '../load/job.ts'
import { createRun } from './logging.ts'
import { FIRST_COUNTER, ON_POSTGRES, type Work } from './work.ts'

const MLFLOW = '/api/2.0/mlflow'
/** Of the runs that were made, read back at most. */
const LISTED = 1000
const READ_RUNS = 16
const READ_METRICS = 100

const createAndUpdate = (experimentId: string, connection: number): Script => [
  {
    method: 'POST',
    path: `${MLFLOW}/runs/create`,
    body: `{"experiment_id":"${experimentId}","start_time":170000${COUNTER},"run_name":"run ${connection} ${COUNTER}","tags":[{"key":"mlflow.user","value":"bench"},{"key":"mlflow.source.name","value":"train.py"}]}`,
    capture: 'run_id',
  },
  {
    method: 'POST',
    path: `${MLFLOW}/runs/update`,
    body: `{"run_id":"${CAPTURED}","status":"FINISHED","end_time":170001${COUNTER}}`,
  },
]

export const createRunWork: Work = {
  name: 'create-run',
  title: 'create-run + update-run, per call',
  connections: 32,
  contenders: [...ON_POSTGRES, 'tidemill-embedded'],
  goals: { mlflow: 40, fasttrackml: 4 },
  hasOpenLoop: true,
  prepare: async (contender) => {
    let experiments = 0
    return async () => {
      const api = openApi(contender.origin)
      const experimentId = textAt(
        await api.post('mlflow/experiments/create', { name: `create-run ${Date.now()} ${experiments++}` }),
        'experiment_id',
      )
      return {
        scripts: Array.from({ length: 32 }, (_, connection) => createAndUpdate(experimentId, connection)),
        check: async ({ rounds, captured }) => {
          for (const [connection, runId] of captured.entries()) {
            if (runId !== '') await checkRun(api, runId, connection, FIRST_COUNTER + (rounds[connection] ?? 0))
          }
          const answer = await api.post('mlflow/runs/search', { experiment_ids: [experimentId], max_results: LISTED })
          const expected = rounds.reduce((sum, each) => sum + each, 0)
          if (listAt(answer, 'runs').length < Math.min(LISTED, expected)) {
            throw new Error(`${listAt(answer, 'runs').length} runs are there, ${expected} were acknowledged`)
          }
          await api[Symbol.asyncDispose]()
        },
      }
    }
  },
}

/** Of a connection's runs the last: ended when its update was acknowledged, or the next one, made and not ended. */
const checkRun = async (api: Api, runId: string, connection: number, nextCounter: number): Promise<void> => {
  const info = at(await api.get('mlflow/runs/get', { run_id: runId }), 'run', 'info')
  const isLast = at(info, 'run_name') === `run ${connection} ${nextCounter - 1}` && at(info, 'status') === 'FINISHED'
  const isNext = at(info, 'run_name') === `run ${connection} ${nextCounter}` && at(info, 'status') === 'RUNNING'
  if (!isLast && !isNext) throw new Error(`Run ${runId} was acknowledged and is ${JSON.stringify(info)}`)
}

export const getRunWork: Work = {
  name: 'get-run',
  title: `get-run (${READ_METRICS} metrics)`,
  connections: READ_RUNS,
  contenders: [...ON_POSTGRES, 'mlflow-one-worker', 'tidemill-embedded'],
  goals: { mlflow: 20, fasttrackml: 1.5 },
  hasOpenLoop: true,
  prepare: async (contender) => {
    const api = openApi(contender.origin)
    const runIds = await Promise.all(Array.from({ length: READ_RUNS }, () => createRun(api)))
    const metrics = Array.from({ length: READ_METRICS }, (_, index) => ({
      key: `metric${index}`,
      value: index / 7,
      timestamp: 1_700_000_000_000 + index,
      step: index,
    }))
    await Promise.all(runIds.map((runId) => api.post('mlflow/runs/log-batch', { run_id: runId, metrics })))
    return async () => ({
      scripts: runIds.map((runId) => [{ method: 'GET', path: `${MLFLOW}/runs/get?run_id=${runId}` }]),
      check: async () => {
        const answer = await api.get('mlflow/runs/get', { run_id: runIds[0] ?? '' })
        const stored = new Map(
          listAt(answer, 'run', 'data', 'metrics').map((metric) => [at(metric, 'key'), at(metric, 'value')]),
        )
        const wrong = metrics.find(({ key, value }) => stored.get(key) !== value)
        if (stored.size !== READ_METRICS || wrong !== undefined)
          throw new Error(`get-run answers ${stored.size} metrics`)
      },
    })
  },
}
