import type { Experiment, NewExperiment, ViewType } from '../experiment/experiment.ts'
import type {
  DatasetSummary,
  Metric,
  ModelOutput,
  NewRun,
  Run,
  RunBatch,
  RunInfo,
  RunInputs,
  RunUpdate,
  Tag,
} from '../run/run.ts'
import type { ExperimentSearch, RunSearch } from '../search/search.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** Opaque; absent on the last page. */
  readonly nextPageToken?: string
}

/**
 * Experiments, runs, params, metrics and tags, with the semantics of spec/rest-api.md §3.
 * Every method throws ResourceDoesNotExistError for an unknown id and InvalidParameterValueError for a
 * write to something deleted, with MLflow's texts.
 */
export interface TrackingStore {
  /** Throws ResourceAlreadyExistsError when the name is taken, by a deleted experiment too. */
  createExperiment(experiment: NewExperiment): Promise<string>
  getExperiment(experimentId: string): Promise<Experiment>
  findExperimentByName(name: string): Promise<Experiment | undefined>
  searchExperiments(search: ExperimentSearch & { readonly viewType: ViewType }): Promise<Page<Experiment>>
  renameExperiment(experimentId: string, newName: string): Promise<void>
  deleteExperiment(experimentId: string): Promise<void>
  restoreExperiment(experimentId: string): Promise<void>
  setExperimentTag(experimentId: string, tag: Tag): Promise<void>
  deleteExperimentTag(experimentId: string, key: string): Promise<void>

  createRun(run: NewRun): Promise<Run>
  getRun(runId: string): Promise<Run>
  updateRun(runId: string, update: RunUpdate): Promise<RunInfo>
  deleteRun(runId: string): Promise<void>
  restoreRun(runId: string): Promise<void>
  searchRuns(search: RunSearch): Promise<Page<Run>>
  /** As `getRun`, as the wire's JSON text (`RunWire`): what clients ask most is put together from stored text. */
  getRunJson(runId: string): Promise<string>
  /** As `searchRuns`; each item is the JSON text of one run. */
  searchRunsJson(search: RunSearch): Promise<Page<string>>
  /** One transaction: a bad row stores nothing of the batch. Retried batches change nothing twice. */
  logBatch(runId: string, batch: RunBatch): Promise<void>
  /** As a batch of one param, with the single-param error text when the value would change. */
  logParam(runId: string, param: { readonly key: string; readonly value: string }): Promise<void>
  deleteRunTag(runId: string, key: string): Promise<void>
  /** Ordered by timestamp, step, value. Without `maxResults` all points; an unknown key gives an empty page. */
  getMetricHistory(
    runId: string,
    key: string,
    page: { readonly maxResults?: number; readonly pageToken?: string },
  ): Promise<Page<Metric>>
  /** Of each run that exists, in the order of the ids, then by timestamp, step, value; at most `maxResults` in all. */
  getMetricHistoryBulk(
    runIds: readonly string[],
    key: string,
    maxResults: number,
  ): Promise<readonly (Metric & { readonly runId: string })[]>
  /** Sampled by the rule of spec/performance.md §5.6; per run in the order of the ids, by step, timestamp, value. */
  sampleMetricHistory(sample: MetricHistorySample): Promise<readonly (Metric & { readonly runId: string })[]>

  /** Datasets and models that are there already stay as they are. */
  logInputs(runId: string, inputs: RunInputs): Promise<void>
  /** A model that is there already gets the new step. */
  logOutputs(runId: string, models: readonly ModelOutput[]): Promise<void>
  /** At most 1000 distinct ones. Unknown experiments contribute nothing. */
  searchDatasets(experimentIds: readonly string[]): Promise<DatasetSummary[]>
  /** Appends one model to the tag `mlflow.log-model.history`, a JSON list. `model` is a JSON object. */
  appendLoggedModelHistory(runId: string, model: Readonly<Record<string, unknown>>): Promise<void>
}

export interface MetricHistorySample {
  readonly runIds: readonly string[]
  readonly key: string
  /** Inclusive. Absent: from 0 to the last step. */
  readonly steps?: { readonly start: number; readonly end: number }
  readonly maxResults: number
}
