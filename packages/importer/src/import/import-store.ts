import type { ArtifactStore, ImportTarget } from '@tidemill/core'
import { type ArtifactPlaces, createArtifactCopier, keepArtifacts } from '../artifacts/artifact-copier.ts'
import { createUriMap, toCopiedLocation } from '../artifacts/uri-map.ts'
import type { Finding, ImportSource } from '../source/import-source.ts'
import { type Verification, verifyImport } from '../verify/verify-import.ts'
import type { Findings } from './findings.ts'
import { importLoggedModels, importRegisteredModels } from './import-models.ts'
import { importRuns, type RunImport } from './import-runs.ts'
import { type ConflictRule, planExperiment } from './plan-experiment.ts'
import { createProgress, type Entity, type ProgressState, type Tally } from './progress.ts'

export interface ImportOptions {
  readonly source: ImportSource
  readonly target: ImportTarget
  /** Where copied artifacts go; absent: they stay where they are. */
  readonly artifactStore?: ArtifactStore
  /** Only these, and then without the model registry. */
  readonly experimentIds?: ReadonlySet<string>
  readonly conflictRule: ConflictRule
  /** `write` imports and verifies; `dry-run` only says what it would do; `verify` compares what was imported before. */
  readonly mode: 'write' | 'dry-run' | 'verify'
  /** Runs whose files are copied at once. */
  readonly workers: number
  readonly findings: Findings
  readonly onProgress: (state: ProgressState) => void
}

export interface ImportReport {
  readonly source: string
  readonly mode: ImportOptions['mode']
  readonly durationMs: number
  readonly imported: Readonly<Record<Entity, Tally>>
  readonly points: number
  readonly files: ProgressState['files']
  /** What the source has and this version does not take over. */
  readonly leftOut: Readonly<Record<string, number>>
  readonly findings: readonly Finding[]
  readonly findingCount: number
  /** Absent after a dry run. */
  readonly verification?: Verification
}

/**
 * Takes over a tracking store. Whatever stops it, a repeat goes on: what is there unchanged is skipped. Throws
 * ResourceConflictError as the conflict rule says.
 */
export const importStore = async (options: ImportOptions): Promise<ImportReport> => {
  const startedAt = performance.now()
  const { source, target, findings } = options
  const progress = createProgress(options.onProgress)
  const isDryRun = options.mode !== 'write'
  const uris = createUriMap()
  const work: RunImport = {
    source,
    target,
    uris,
    progress,
    isDryRun,
    places: toPlaces(options, isDryRun, progress),
    conflictRule: options.conflictRule,
    workers: options.workers,
    report: findings.report,
  }
  const totalRuns = await source.countRuns()
  if (options.mode !== 'verify') {
    progress.start('importing', totalRuns)
    for (const experimentId of await importExperiments(work, options.experimentIds)) {
      await importRuns(work, experimentId)
      await importLoggedModels(work, experimentId)
    }
    if (options.experimentIds === undefined) await importRegisteredModels(work)
  }
  const verification =
    options.mode === 'dry-run'
      ? undefined
      : await verifyImport({ ...work, ...options, totalRuns, places: toPlaces(options, true, progress) })
  return {
    source: source.description,
    mode: options.mode,
    durationMs: Math.round(performance.now() - startedAt),
    imported: progress.state.tallies,
    points: progress.state.points,
    files: progress.state.files,
    leftOut: Object.fromEntries([...(await source.countLeftOut())].filter(([, count]) => count > 0)),
    findings: findings.kept,
    findingCount: findings.total(),
    ...(verification === undefined ? {} : { verification }),
  }
}

const toPlaces = (options: ImportOptions, isDryRun: boolean, progress: RunImport['progress']): ArtifactPlaces =>
  options.artifactStore === undefined
    ? keepArtifacts
    : createArtifactCopier({
        source: options.source,
        store: options.artifactStore,
        isDryRun,
        progress,
        report: options.findings.report,
        toCopiedLocation,
      })

/** All of them before the first run, so that a conflict stops the import before it has done much. */
const importExperiments = async (
  work: RunImport,
  wanted: ReadonlySet<string> | undefined,
): Promise<readonly string[]> => {
  const plans = []
  for await (const experiment of work.source.listExperiments()) {
    if (wanted !== undefined && !wanted.has(experiment.experimentId)) continue
    const artifactLocation = work.places.placeOfExperiment(experiment.artifactLocation, experiment.experimentId)
    plans.push({
      experimentId: experiment.experimentId,
      plan: await planExperiment({ ...experiment, artifactLocation }, work.target, work.conflictRule),
    })
  }
  const taken: string[] = []
  for (const { experimentId, plan } of plans) {
    if (plan.kind === 'skip') {
      work.report({ where: `experiment ${experimentId}`, message: `is skipped with its runs: ${plan.reason}` })
      work.progress.count('experiments', 'skipped')
      continue
    }
    taken.push(experimentId)
    const there = work.isDryRun ? await work.target.findExperiment(experimentId) : undefined
    const outcome = work.isDryRun
      ? there === undefined
        ? 'created'
        : 'unchanged'
      : await work.target.putExperiment(plan.experiment)
    work.progress.count('experiments', outcome)
  }
  return taken
}
