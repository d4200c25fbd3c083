import { type ImportTarget, ResourceConflictError, type RunToImport } from '@tidemill/core'
import type { ArtifactPlaces } from '../artifacts/artifact-copier.ts'
import type { UriMap } from '../artifacts/uri-map.ts'
import type { ImportSource, ReportFinding, SourceRun } from '../source/import-source.ts'
import { mapConcurrently } from '../concurrency/map-concurrently.ts'
import type { ConflictRule } from './plan-experiment.ts'
import type { Progress } from './progress.ts'
import { digestOf, withDigest } from './run-digest.ts'

/** Points of one transaction, by the average of the runs before. */
const POINTS_PER_TRANSACTION = 100_000
const MAX_RUNS_PER_TRANSACTION = 100

export interface RunImport {
  readonly source: ImportSource
  readonly target: ImportTarget
  readonly places: ArtifactPlaces
  readonly uris: UriMap
  readonly conflictRule: ConflictRule
  readonly isDryRun: boolean
  readonly workers: number
  readonly progress: Progress
  readonly report: ReportFinding
}

/** The runs of one experiment. Those that are there as they were imported cost no write. */
export const importRuns = async (work: RunImport, experimentId: string): Promise<void> => {
  let runsPerTransaction = MAX_RUNS_PER_TRANSACTION
  for await (const page of work.source.listRuns(experimentId)) {
    const placed = await mapConcurrently(page, work.workers, (each) => placeRun(work, each))
    const wanted = await selectRuns(work, placed)
    for (let start = 0; start < wanted.length && !work.isDryRun;) {
      const batch = wanted.slice(start, start + runsPerTransaction)
      const { outcomes, points } = await work.target.putRuns(batch)
      for (const outcome of outcomes) work.progress.count('runs', outcome)
      work.progress.countPoints(points)
      start += batch.length
      const fitting = Math.floor(POINTS_PER_TRANSACTION / Math.max(1, points / batch.length))
      runsPerTransaction = Math.max(1, Math.min(MAX_RUNS_PER_TRANSACTION, fitting))
    }
  }
}

/** Copies its files first: a run that is there has its files. */
const placeRun = async (work: RunImport, { run, metrics }: SourceRun): Promise<RunToImport> => {
  const { runId, experimentId, artifactUri } = run
  const uri = await work.places.place({ kind: 'run', id: runId, experimentId, uri: artifactUri })
  work.uris.set(artifactUri, uri)
  return withDigest({ ...run, artifactUri: uri }, metrics)
}

/** Without those that are there unchanged, or in another experiment. Throws ResourceConflictError. */
const selectRuns = async (work: RunImport, runs: readonly RunToImport[]): Promise<RunToImport[]> => {
  const known = await work.target.findRuns(runs.map(({ run }) => run.runId))
  const wanted: RunToImport[] = []
  for (const each of runs) {
    const { runId, experimentId } = each.run
    const there = known.get(runId)
    if (there !== undefined && there.experimentId !== experimentId) {
      const reason = `is in experiment ${there.experimentId} of the target and in ${experimentId} of the source`
      if (work.conflictRule === 'fail')
        throw new ResourceConflictError(`Run ${runId} ${reason}. Leave it out with --on-conflict skip.`)
      work.report({ where: `run ${runId}`, message: `${reason}, and is skipped` })
      work.progress.count('runs', 'skipped')
    } else if (work.isDryRun) {
      work.progress.count('runs', there === undefined ? 'created' : 'unchanged')
    } else if (there?.digest !== undefined && there.digest === (await digestOf(each))) {
      work.progress.count('runs', 'unchanged')
    } else {
      wanted.push(each)
    }
  }
  return wanted
}
