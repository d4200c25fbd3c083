import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { startTidemill } from '@tidemill/testkit'
import { measureProcess, type ProcessCost } from './processes/process-cost.ts'
import { median } from './processes/quantile.ts'
import type { Figure } from './report.ts'
import { makeNoOpProject } from './submit.ts'

const REPETITIONS = 7
const tidemill = join(import.meta.dirname, '../apps/cli/bin/tidemill')

/** `tidemill run`, from cold and with a server running, against `mlflow run` on the same no-op project, interleaved. */
export const measureRun = async (): Promise<Figure[]> => {
  const mlflow = (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'mlflow'))
    .find((file) => existsSync(file))
  if (mlflow === undefined) {
    console.error('bench: no `mlflow` on PATH, so `tidemill run` is not compared with `mlflow run`')
    return []
  }
  // Without its bytecode MLflow takes twice as long, which would flatter us.
  await measureProcess([join(dirname(mlflow), 'python'), '-m', 'compileall', '-q', join(dirname(mlflow), '..', 'lib')])

  const directory = await mkdtemp(join(tmpdir(), 'tidemill-bench-'))
  const project = await makeNoOpProject(directory)
  const server = await startTidemill(['up', '--port', '0', '--data-dir', join(directory, 'up')], {
    TIDEMILL_SOURCE: '',
  })
  const run = ['run', project, '--env-manager', 'local']
  const contenders = {
    cold: {
      command: [tidemill, ...run, '--data-dir', join(directory, 'data')],
      environment: { MLFLOW_TRACKING_URI: '' },
    },
    served: { command: [tidemill, ...run, '--tracking-uri', server.url], environment: {} },
    mlflow: {
      command: [mlflow, ...run],
      environment: { MLFLOW_TRACKING_URI: `file:${join(directory, 'mlruns')}`, MLFLOW_ALLOW_FILE_STORE: 'true' },
    },
  }
  const costs: Record<keyof typeof contenders, ProcessCost[]> = { cold: [], served: [], mlflow: [] }
  // The first round warms every cache and does not count.
  for (let repetition = 0; repetition <= REPETITIONS; repetition++) {
    for (const name of ['cold', 'served', 'mlflow'] as const) {
      const cost = await measureProcess(contenders[name].command, { environment: contenders[name].environment })
      if (cost.exitCode !== 0) throw new Error(`${contenders[name].command.join(' ')} ended with ${cost.exitCode}`)
      if (repetition > 0) costs[name].push(cost)
    }
  }
  await server.stop()
  await rm(directory, { recursive: true, force: true })

  const ratio = (name: 'cold' | 'served', kind: 'wallMs' | 'cpuMs', how: string): Figure => {
    const ours = median(costs[name].map((cost) => cost[kind]))
    const theirs = median(costs.mlflow.map((cost) => cost[kind]))
    return {
      name: `\`tidemill run\` ${how} / \`mlflow run\`, ${kind === 'wallMs' ? 'wall' : 'CPU'} time`,
      value: ours / theirs,
      unit: 'x',
      goal: { kind: 'at most', value: 0.2 },
      how: `no-op project, local environment, interleaved, medians of ${REPETITIONS}: ${Math.round(ours)} ms against ${Math.round(theirs)} ms`,
    }
  }
  return [
    ratio('served', 'wallMs', 'with a server running'),
    ratio('served', 'cpuMs', 'with a server running'),
    ratio('cold', 'wallMs', 'from cold'),
    ratio('cold', 'cpuMs', 'from cold'),
  ]
}
