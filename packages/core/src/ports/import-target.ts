import type { Experiment, LifecycleStage } from '../experiment/experiment.ts'
import type { LoggedModel } from '../logged-model/logged-model.ts'
import type { ModelAlias, ModelStage } from '../registry/registry.ts'
import type { ModelOutput, Param, RunInfo, RunInputs, Tag } from '../run/run.ts'
import type { SummarizedPoint } from '../run/metric-summary.ts'

/** Points of one metric of one run. A long history may come as several of them, one after the other. */
export interface MetricSeries {
  readonly key: string
  readonly points: readonly SummarizedPoint[]
}

/** A run as another store kept it, ids and times included. Keys of params and tags are distinct. */
export interface ImportedRun extends RunInfo {
  /** ms since the epoch; of deleted runs. */
  readonly deletedTime?: number
  readonly params: readonly Param[]
  readonly tags: readonly Tag[]
  readonly inputs: RunInputs
  readonly modelOutputs: readonly ModelOutput[]
}

/** A run to be written, with its points. */
export interface RunToImport {
  readonly run: ImportedRun
  /** May be asked for again, when a transaction is repeated; all series of a key come together. */
  metrics(): AsyncIterable<MetricSeries>
  /** Tells this run's content from any other; asked for when `metrics` has been read to its end. */
  digest(): string
}

export interface ImportedModelVersion {
  readonly version: number
  readonly stage: ModelStage
  readonly description: string
  readonly source: string
  readonly storageLocation: string
  readonly runId: string
  readonly runLink: string
  readonly userId?: string
  readonly tags: readonly Tag[]
  /** ms since the epoch. */
  readonly creationTime: number
  readonly lastUpdateTime: number
}

export interface ImportedRegisteredModel {
  readonly name: string
  readonly description: string
  readonly tags: readonly Tag[]
  readonly aliases: readonly ModelAlias[]
  /** By number. */
  readonly versions: readonly ImportedModelVersion[]
  /** The highest number ever given, of deleted versions too. */
  readonly lastVersion: number
  /** ms since the epoch. */
  readonly creationTime: number
  readonly lastUpdateTime: number
}

export interface ImportedLoggedModel extends LoggedModel {
  readonly lifecycleStage: LifecycleStage
}

export type ImportOutcome = 'created' | 'updated' | 'unchanged'

/** What a target knows of a run that it has already. */
export interface KnownRun {
  readonly experimentId: string
  /** Of the import that wrote it last; absent when nobody imported it. */
  readonly digest?: string
}

/** What a target has of a run, to be compared with its source. */
export interface StoredRun {
  readonly run: ImportedRun
  /** Distinct points of each key. */
  readonly pointCounts: ReadonlyMap<string, number>
}

/**
 * Where an import writes. Ids, times, stages and values are kept as they are; nothing is ever deleted, and what is
 * there already gets what it lacks, so that any call may be repeated.
 */
export interface ImportTarget {
  findExperiment(experimentId: string): Promise<Experiment | undefined>
  findExperimentByName(name: string): Promise<Experiment | undefined>
  /**
   * Ids given from then on are above this one, unless it is one of the long ids of MLflow's file store. Throws
   * ResourceAlreadyExistsError when another experiment has the name.
   */
  putExperiment(experiment: Experiment): Promise<ImportOutcome>

  findRuns(runIds: readonly string[]): Promise<ReadonlyMap<string, KnownRun>>
  /** One transaction. Answers the outcomes in the order of the runs, and the points stored. */
  putRuns(runs: readonly RunToImport[]): Promise<{ outcomes: readonly ImportOutcome[]; points: number }>
  /** Runs that are absent are missing. */
  readRuns(runIds: readonly string[]): Promise<ReadonlyMap<string, StoredRun>>
  /** Each point once, by step, timestamp and value. */
  readPoints(runId: string, key: string): Promise<readonly SummarizedPoint[]>

  putLoggedModel(model: ImportedLoggedModel): Promise<ImportOutcome>
  findLoggedModel(modelId: string): Promise<ImportedLoggedModel | undefined>

  /** One transaction for the model with its versions. */
  putRegisteredModel(model: ImportedRegisteredModel): Promise<ImportOutcome>
  findRegisteredModel(name: string): Promise<ImportedRegisteredModel | undefined>
}
