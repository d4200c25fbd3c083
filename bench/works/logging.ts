import { type Api, at, listAt, openApi, textAt } from '../load/api.ts'
import { COUNTER } from '../load/body-template.ts'
import type { Call } from '../load/job.ts'
import { EVERYWHERE, FIRST_COUNTER, type Goals, ON_POSTGRES, type Round, type Work } from './work.ts'
import type { ContenderName } from '../contenders/contender.ts'

interface Shape {
  readonly name: string
  readonly title: string
  readonly connections: number
  readonly contenders: readonly ContenderName[]
  readonly goals: Goals
  readonly keys: number
  /** Points of each key in a call. At most 10. */
  readonly steps: number
  readonly params: number
}

const SHAPES: readonly Shape[] = [
  {
    name: 'log-metric',
    title: 'log-metric',
    connections: 32,
    contenders: [...EVERYWHERE, 'mlflow-one-worker'],
    goals: { mlflow: 20, fasttrackml: 6, 'mlflow-sqlite': 10 },
    keys: 1,
    steps: 1,
    params: 0,
  },
  {
    name: 'log-batch-12',
    title: 'log-batch, 10 metrics + 2 params',
    connections: 16,
    contenders: EVERYWHERE,
    goals: { mlflow: 30, fasttrackml: 6, 'mlflow-sqlite': 10 },
    keys: 10,
    steps: 1,
    params: 2,
  },
  {
    name: 'log-batch-40',
    title: 'log-batch, 40 rows (10 keys x 4 steps)',
    connections: 16,
    contenders: ON_POSTGRES,
    goals: { mlflow: 50, fasttrackml: 12 },
    keys: 10,
    steps: 4,
    params: 0,
  },
  {
    name: 'log-batch-1000',
    title: 'log-batch, 1000 rows (500 keys x 2 steps)',
    connections: 8,
    contenders: [...EVERYWHERE],
    goals: { mlflow: 70, fasttrackml: 12, 'mlflow-sqlite': 10 },
    keys: 500,
    steps: 2,
    params: 0,
  },
]

/** Writing points: each connection has a run of its own, each call steps of its own. */
export const loggingWorks: readonly Work[] = SHAPES.map((shape) => ({
  ...shape,
  hasOpenLoop: true,
  prepare: async (contender) => async () => {
    const api = openApi(contender.origin)
    const runIds = await Promise.all(Array.from({ length: shape.connections }, () => createRun(api)))
    return {
      scripts: runIds.map((runId) => [(shape.name === 'log-metric' ? toMetricCall : toBatchCall)(shape, runId)]),
      check: async ({ rounds }) => {
        await checkRound(api, shape, runIds, rounds)
        await api[Symbol.asyncDispose]()
      },
    } satisfies Round
  },
}))

export const createRun = async (api: Api, experimentId = '0'): Promise<string> =>
  textAt(
    await api.post('mlflow/runs/create', { experiment_id: experimentId, start_time: Date.now() }),
    'run',
    'info',
    'run_id',
  )

/** The step is `<counter><digit>`, the value `0.<counter>`, so that what is read back can be checked. */
const toPoints = ({ keys, steps }: Pick<Shape, 'keys' | 'steps'>): readonly string[] =>
  Array.from({ length: keys * steps }, (_, index) => {
    const key = Math.floor(index / steps)
    return `{"key":"metric${key}","value":0.${COUNTER},"timestamp":170000${COUNTER},"step":${COUNTER}${index % steps}}`
  })

const toMetricCall = (shape: Shape, runId: string): Call => ({
  method: 'POST',
  path: '/api/2.0/mlflow/runs/log-metric',
  body: `{"run_id":"${runId}",${toPoints(shape)[0]?.slice(1) ?? ''}`,
})

/** The same params each time, as a client that logs its configuration with every batch does. */
export const toBatchCall = (shape: Pick<Shape, 'keys' | 'steps' | 'params'>, runId: string): Call => {
  const params = Array.from({ length: shape.params }, (_, index) => `{"key":"param${index}","value":"value ${index}"}`)
  return {
    method: 'POST',
    path: '/api/2.0/mlflow/runs/log-batch',
    body: `{"run_id":"${runId}","metrics":[${toPoints(shape).join(',')}],"params":[${params.join(',')}]}`,
  }
}

const CHECKED_RUNS = 4

/** Every acknowledged point of the first and last key of some runs, and all latest values. */
const checkRound = async (
  api: Api,
  shape: Shape,
  runIds: readonly string[],
  rounds: readonly number[],
): Promise<void> => {
  const stride = Math.max(1, Math.floor(runIds.length / CHECKED_RUNS))
  for (let index = 0; index < runIds.length; index += stride) {
    const runId = runIds[index] ?? ''
    const acknowledged = rounds[index] ?? 0
    for (const key of new Set([0, shape.keys - 1])) {
      await checkHistory(api, runId, `metric${key}`, acknowledged, shape.steps)
    }
    if (acknowledged > 0) await checkLatest(api, shape, runId, FIRST_COUNTER + acknowledged - 1)
  }
}

/** Throws when the history is not exactly the points of rounds 0 to `acknowledged - 1`. */
export const checkHistory = async (
  api: Api,
  runId: string,
  key: string,
  acknowledged: number,
  steps: number,
): Promise<void> => {
  const answer = await api.get('mlflow/metrics/get-history', { run_id: runId, metric_key: key })
  const stored = new Map(
    listAt(answer, 'metrics').map((point) => [Number(at(point, 'step')), Number(at(point, 'value'))]),
  )
  if (stored.size !== acknowledged * steps) {
    throw new Error(`${key} of run ${runId} has ${stored.size} points, ${acknowledged * steps} were acknowledged`)
  }
  for (let round = 0; round < acknowledged; round++) {
    const counter = FIRST_COUNTER + round
    for (let digit = 0; digit < steps; digit++) {
      const value = stored.get(counter * 10 + digit)
      if (value !== Number(`0.${counter}`)) {
        throw new Error(`${key} of run ${runId} at step ${counter * 10 + digit} is ${value}, not 0.${counter}`)
      }
    }
  }
}

const checkLatest = async (api: Api, shape: Shape, runId: string, counter: number): Promise<void> => {
  const answer = await api.get('mlflow/runs/get', { run_id: runId })
  const metrics = listAt(answer, 'run', 'data', 'metrics')
  const params = listAt(answer, 'run', 'data', 'params')
  if (metrics.length !== shape.keys || params.length !== shape.params) {
    throw new Error(`Run ${runId} has ${metrics.length} metrics and ${params.length} params`)
  }
  const wrong = metrics.find((metric) => at(metric, 'value') !== Number(`0.${counter}`))
  if (wrong !== undefined)
    throw new Error(`Run ${runId} has the latest value ${JSON.stringify(wrong)}, not 0.${counter}`)
}
