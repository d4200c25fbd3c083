import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildTidemill } from '../contenders/recipes.ts'
import { CONTENDERS, type ContenderName } from '../contenders/contender.ts'
import { describeMachine, type Machine } from '../processes/machine.ts'
import { startPostgresCluster } from '../processes/postgres-cluster.ts'
import { openTemporaryDirectory } from '../processes/temporary-directory.ts'
import { allWorks } from '../works/all-works.ts'
import { FULL, QUICK } from '../works/work.ts'
import { formatTracking } from './format-tracking.ts'
import { type Outcome, runWorks } from './run-works.ts'

export interface TrackingOptions {
  /** Names of works; empty for all. */
  readonly works: readonly string[]
  readonly contenders: readonly ContenderName[]
  readonly isQuick: boolean
  readonly rounds: number
  readonly seconds: number
  /** Folder for CPU profiles of our servers. */
  readonly profileDirectory?: string
}

export interface TrackingReport extends Outcome {
  readonly date: string
  readonly machine: Machine
  readonly postgres: string
  readonly rounds: number
  readonly seconds: number
}

export const DEFAULTS = { rounds: 3, seconds: 6, quickSeconds: 1 } as const

/** The tracking server against the real MLflow and FastTrackML; answers whether nothing failed. */
export const measureTracking = async (options: TrackingOptions): Promise<boolean> => {
  const unknown = options.works.find((name) => allWorks.every((work) => work.name !== name))
  if (unknown !== undefined) {
    throw new Error(`No work is called '${unknown}'. There are: ${allWorks.map(({ name }) => name).join(' ')}`)
  }
  buildTidemill()
  await using directory = await openTemporaryDirectory('tidemill-bench-')
  await using cluster = await startPostgresCluster()
  const outcome = await runWorks(
    {
      works: allWorks.filter(({ name }) => options.works.length === 0 || options.works.includes(name)),
      contenders: CONTENDERS.filter((name) => options.contenders.includes(name)),
      scale: options.isQuick ? QUICK : FULL,
      rounds: options.rounds,
      warmUpMs: options.isQuick ? 300 : 2000,
      measureMs: options.seconds * 1000,
      isQuick: options.isQuick,
      environment: profileEnvironment(options.profileDirectory),
    },
    cluster,
    directory.path,
    (line) => console.error(line),
  )
  const report: TrackingReport = {
    date: new Date().toISOString(),
    machine: describeMachine(),
    postgres: cluster.version,
    rounds: options.rounds,
    seconds: options.seconds,
    ...outcome,
  }
  const isWhole = options.works.length === 0 && !options.isQuick
  if (isWhole) console.error(`written to ${save(report)}`)
  console.log(formatTracking(report, allWorks))
  for (const failure of outcome.failures) console.error(`FAILED ${failure}`)
  return outcome.failures.length === 0
}

const profileEnvironment = (directory: string | undefined): Record<string, string> =>
  directory === undefined ? {} : { TIDEMILL_SOURCE: '1', NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${directory}` }

const save = (report: TrackingReport): string => {
  const folder = join(import.meta.dirname, '../results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, `${report.date.replaceAll(':', '-').slice(0, 16)}.json`)
  writeFileSync(file, `${JSON.stringify(report, undefined, 2)}\n`)
  return file
}
