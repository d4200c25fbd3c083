import { type Contender, isOurs } from '../contenders/contender.ts'
import { at, openApi, textAt } from '../load/api.ts'
import { queryOnce } from '../processes/postgres-cluster.ts'
import { untilQuiet } from '../tracking/until-quiet.ts'
import { seedRunsInSql, toSeededRun } from './seeded-run.ts'

const CONNECTIONS = 32

const seeded = new WeakMap<Contender, Map<number, Promise<string>>>()

/** Id of an experiment with so many seeded runs; made once for each contender. */
export const seedRuns = (contender: Contender, runs: number): Promise<string> => {
  const ofContender = seeded.get(contender) ?? new Map<number, Promise<string>>()
  seeded.set(contender, ofContender)
  const experiment = ofContender.get(runs) ?? seed(contender, runs)
  ofContender.set(runs, experiment)
  return experiment
}

const seed = async (contender: Contender, runs: number): Promise<string> => {
  await using api = openApi(contender.origin, CONNECTIONS)
  const experimentId = textAt(
    await api.post('mlflow/experiments/create', { name: `${runs} seeded runs` }),
    'experiment_id',
  )
  if (isOurs(contender.name)) {
    let next = 0
    const seedOne = async (): Promise<void> => {
      while (next < runs) {
        const { create, batch, end } = toSeededRun(next++)
        const created = await api.post('mlflow/runs/create', { experiment_id: experimentId, ...create })
        const runId = textAt(created, 'run', 'info', 'run_id')
        await api.post('mlflow/runs/log-batch', { run_id: runId, ...batch })
        await api.post('mlflow/runs/update', { run_id: runId, ...end })
      }
    }
    await Promise.all(Array.from({ length: CONNECTIONS }, seedOne))
    await untilQuiet(contender)
  } else {
    if (contender.database === undefined) throw new Error(`${contender.name} has no database to seed`)
    const dialect = contender.name === 'fasttrackml' ? 'fasttrackml' : 'mlflow'
    await queryOnce(contender.database, seedRunsInSql(dialect, experimentId, runs))
  }
  // Now, and not by autovacuum in the middle of a measurement.
  if (contender.database !== undefined) await queryOnce(contender.database, 'vacuum analyze')
  return experimentId
}

/** Names of the runs in an answer of runs/search. */
export const runNames = (answer: unknown): readonly unknown[] => {
  const runs = at(answer, 'runs')
  return Array.isArray(runs) ? runs.map((run) => at(run, 'info', 'run_name')) : []
}
