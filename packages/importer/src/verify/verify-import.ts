import { type ArtifactStore, type Experiment, ResourceConflictError } from '@tidemill/core'
import { withPlaces } from '../import/import-models.ts'
import type { RunImport } from '../import/import-runs.ts'
import { planExperiment } from '../import/plan-experiment.ts'
import type { SourceRun } from '../source/import-source.ts'
import { compareExperiments, compareLoggedModels, compareRegisteredModels, compareRuns } from './compare-entities.ts'
import { compareFiles } from './compare-files.ts'
import { comparePoints } from './compare-points.ts'
import { createDifferences, type Differences } from './differences.ts'

/** Runs whose points and files are compared one by one, spread over all of them. */
const SAMPLED_RUNS = 200

interface EntityCount {
  source: number
  /** Those of the source that are in the target. */
  target: number
}

export interface Verification {
  readonly isEqual: boolean
  readonly counts: Readonly<
    Record<
      'experiments' | 'runs' | 'params' | 'tags' | 'logged models' | 'registered models' | 'model versions',
      EntityCount
    >
  >
  /** What was compared value by value. */
  readonly sampled: { readonly runs: number; readonly points: number; readonly files: number }
  readonly differences: readonly string[]
  readonly differenceCount: number
}

export interface VerifyWork extends RunImport {
  readonly artifactStore?: ArtifactStore
  readonly experimentIds?: ReadonlySet<string>
  readonly totalRuns: number | undefined
}

interface Tallies {
  readonly counts: Verification['counts']
  readonly sampled: { runs: number; points: number; files: number }
  readonly differences: Differences
  seenRuns: number
}

/** Reads the source once more and looks in the target for everything that it has. */
export const verifyImport = async (work: VerifyWork): Promise<Verification> => {
  const count = (): EntityCount => ({ source: 0, target: 0 })
  const tallies: Tallies = {
    counts: {
      experiments: count(),
      runs: count(),
      params: count(),
      tags: count(),
      'logged models': count(),
      'registered models': count(),
      'model versions': count(),
    },
    sampled: { runs: 0, points: 0, files: 0 },
    differences: createDifferences(),
    seenRuns: 0,
  }
  work.progress.start('verifying', work.totalRuns)
  for await (const experiment of work.source.listExperiments()) {
    if (work.experimentIds?.has(experiment.experimentId) === false) continue
    if (!(await verifyExperiment(work, tallies, experiment))) continue
    for await (const page of work.source.listRuns(experiment.experimentId)) await verifyRuns(work, tallies, page)
    await verifyLoggedModels(work, tallies, experiment.experimentId)
  }
  if (work.experimentIds === undefined) await verifyRegisteredModels(work, tallies)
  const { counts, sampled, differences } = tallies
  return {
    isEqual: differences.total() === 0,
    counts,
    sampled,
    differences: differences.kept,
    differenceCount: differences.total(),
  }
}

/** False for one that was skipped by the conflict rule. */
const verifyExperiment = async (work: VerifyWork, tallies: Tallies, experiment: Experiment): Promise<boolean> => {
  const { experimentId } = experiment
  const artifactLocation = work.places.placeOfExperiment(experiment.artifactLocation, experimentId)
  const plan = await planAgain(work, tallies, { ...experiment, artifactLocation })
  if (plan === undefined) return false
  tallies.counts.experiments.source++
  const there = await work.target.findExperiment(experimentId)
  if (there === undefined) {
    tallies.differences.add(`experiment ${experimentId} is absent`)
    return true
  }
  tallies.counts.experiments.target++
  compareExperiments(tallies.differences, plan, there)
  return true
}

const planAgain = async (
  work: VerifyWork,
  tallies: Tallies,
  experiment: Experiment,
): Promise<Experiment | undefined> => {
  try {
    const plan = await planExperiment(experiment, work.target, work.conflictRule)
    return plan.kind === 'put' ? plan.experiment : undefined
  } catch (error) {
    if (!(error instanceof ResourceConflictError)) throw error
    tallies.differences.add(error.message)
    return undefined
  }
}

const verifyRuns = async (work: VerifyWork, tallies: Tallies, page: readonly SourceRun[]): Promise<void> => {
  const stored = await work.target.readRuns(page.map(({ run }) => run.runId))
  const stride = Math.max(1, Math.ceil((work.totalRuns ?? SAMPLED_RUNS) / SAMPLED_RUNS))
  for (const each of page) {
    const isSampled = tallies.seenRuns++ % stride === 0 && tallies.sampled.runs < SAMPLED_RUNS
    const { runId, experimentId, artifactUri, params, tags } = each.run
    const owner = { kind: 'run', id: runId, experimentId, uri: artifactUri } as const
    const uri = await work.places.place(owner)
    work.uris.set(artifactUri, uri)
    const there = stored.get(runId)?.run
    tallies.counts.runs.source++
    tallies.counts.params.source += params.length
    tallies.counts.tags.source += tags.length
    if (there === undefined) {
      tallies.differences.add(`run ${runId} is absent`)
      continue
    }
    tallies.counts.runs.target++
    tallies.counts.params.target += countCommon(params, there.params)
    tallies.counts.tags.target += countCommon(tags, there.tags)
    compareRuns(tallies.differences, { ...each.run, artifactUri: uri }, there)
    if (!isSampled) continue
    tallies.sampled.runs++
    tallies.sampled.points += await comparePoints(tallies.differences, work.target, each)
    if (work.artifactStore !== undefined) {
      tallies.sampled.files += await compareFiles(tallies.differences, work.source, work.artifactStore, owner, uri)
    }
  }
  work.progress.verifiedRuns(page.length)
}

const countCommon = (
  source: readonly { readonly key: string }[],
  target: readonly { readonly key: string }[],
): number => {
  const keys = new Set(target.map(({ key }) => key))
  return source.filter(({ key }) => keys.has(key)).length
}

const verifyLoggedModels = async (work: VerifyWork, tallies: Tallies, experimentId: string): Promise<void> => {
  for await (const model of work.source.listLoggedModels(experimentId)) {
    const owner = { kind: 'logged model', id: model.modelId, experimentId, uri: model.artifactUri } as const
    const uri = await work.places.place(owner)
    work.uris.set(model.artifactUri, uri)
    tallies.counts['logged models'].source++
    const there = await work.target.findLoggedModel(model.modelId)
    if (there === undefined) {
      tallies.differences.add(`logged model ${model.modelId} is absent`)
      continue
    }
    tallies.counts['logged models'].target++
    compareLoggedModels(tallies.differences, { ...model, artifactUri: uri }, there)
    if (work.artifactStore !== undefined && tallies.counts['logged models'].source <= SAMPLED_RUNS) {
      tallies.sampled.files += await compareFiles(tallies.differences, work.source, work.artifactStore, owner, uri)
    }
  }
}

const verifyRegisteredModels = async (work: VerifyWork, tallies: Tallies): Promise<void> => {
  for await (const source of work.source.listRegisteredModels()) {
    const model = withPlaces(work, source)
    tallies.counts['registered models'].source++
    tallies.counts['model versions'].source += model.versions.length
    const there = await work.target.findRegisteredModel(model.name)
    if (there === undefined) {
      tallies.differences.add(`registered model '${model.name}' is absent`)
      continue
    }
    tallies.counts['registered models'].target++
    const numbers = new Set(there.versions.map(({ version }) => version))
    tallies.counts['model versions'].target += model.versions.filter(({ version }) => numbers.has(version)).length
    compareRegisteredModels(tallies.differences, model, there)
  }
}
