import type {
  Experiment,
  ImportedLoggedModel,
  ImportedRegisteredModel,
  ImportedRun,
  MetricSeries,
} from '@tidemill/core'
import type { ArtifactFolder } from '../artifacts/artifact-folder.ts'

export interface SourceRun {
  readonly run: ImportedRun
  /** May be read more than once; all series of a key come together. */
  metrics(): AsyncIterable<MetricSeries>
}

/** Something that could not be taken over; the rest goes on without it. */
export interface Finding {
  /** A file with its line, or an id. */
  readonly where: string
  readonly message: string
}

export type ReportFinding = (finding: Finding) => void

/** A tracking store of MLflow, read as it is at one moment where its kind allows that. */
export interface ImportSource extends AsyncDisposable {
  /** Without passwords. */
  readonly description: string
  listExperiments(): AsyncIterable<Experiment>
  /** Of all experiments; undefined where that would be as long as reading them. */
  countRuns(): Promise<number | undefined>
  /** Deleted ones too, in pages; each time in the same order. */
  listRuns(experimentId: string): AsyncIterable<readonly SourceRun[]>
  listLoggedModels(experimentId: string): AsyncIterable<ImportedLoggedModel>
  listRegisteredModels(): AsyncIterable<ImportedRegisteredModel>
  /** What there is and is not taken over, e.g. traces. */
  countLeftOut(): Promise<ReadonlyMap<string, number>>
  /** Undefined for files that cannot be read from here. */
  findArtifacts(owner: ArtifactOwner): Promise<ArtifactFolder | undefined>
}

export interface ArtifactOwner {
  readonly experimentId: string
  /** Of a run or a logged model. */
  readonly id: string
  readonly kind: 'run' | 'logged model'
  readonly uri: string
}
