import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { measureProcess, median } from './process-cost.ts'
import type { Figure } from './report.ts'
import { makeNoOpProject } from './submit.ts'

const REPETITIONS = 5
const tidemill = join(import.meta.dirname, '../apps/cli/bin/tidemill')

/** `tidemill run` from cold against `mlflow run`, both on the same no-op project, interleaved. */
export const measureRun = async (): Promise<Figure[]> => {
  const mlflow = (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, 'mlflow'))
    .find((file) => existsSync(file))
  if (mlflow === undefined) {
    console.error('bench: no `mlflow` on PATH, so `tidemill run` is not compared with `mlflow run`')
    return []
  }
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-bench-'))
  const project = await makeNoOpProject(directory)
  const dataDirectory = join(directory, 'data')
  const ours = [tidemill, 'run', project, '--env-manager', 'local', '--data-dir', dataDirectory]
  const theirs = [mlflow, 'run', project, '--env-manager', 'local']
  const environment = { MLFLOW_TRACKING_URI: `file:${join(directory, 'mlruns')}`, MLFLOW_ALLOW_FILE_STORE: 'true' }
  const ourEnvironment = { MLFLOW_TRACKING_URI: '' }
  const costs = {
    ours: { wall: [] as number[], cpu: [] as number[] },
    theirs: { wall: [] as number[], cpu: [] as number[] },
  }
  await measureProcess(ours, { environment: ourEnvironment })
  for (let repetition = 0; repetition < REPETITIONS; repetition++) {
    const our = await measureProcess(ours, { environment: ourEnvironment })
    const their = await measureProcess(theirs, { environment })
    if (our.exitCode !== 0 || their.exitCode !== 0) {
      throw new Error(`a run failed: tidemill ended with ${our.exitCode}, mlflow with ${their.exitCode}`)
    }
    costs.ours.wall.push(our.wallMs)
    costs.ours.cpu.push(our.cpuMs)
    costs.theirs.wall.push(their.wallMs)
    costs.theirs.cpu.push(their.cpuMs)
  }
  await rm(directory, { recursive: true, force: true })
  const ratio = (kind: 'wall' | 'cpu'): Figure => ({
    name: `\`tidemill run\` / \`mlflow run\`, ${kind} time`,
    value: median(costs.ours[kind]) / median(costs.theirs[kind]),
    unit: 'x',
    goal: { kind: 'at most', value: 0.2 },
    how: `no-op project, local environment, embedded, interleaved, medians of ${REPETITIONS}: ${Math.round(median(costs.ours[kind]))} ms against ${Math.round(median(costs.theirs[kind]))} ms`,
  })
  return [ratio('wall'), ratio('cpu')]
}
