import type { ModelUri } from '../registry/model-uri.ts'
import type {
  ModelStage,
  ModelVersion,
  NewModelVersion,
  NewRegisteredModel,
  RegisteredModel,
  RegistrySearch,
} from '../registry/registry.ts'
import type { Tag } from '../run/run.ts'
import type { Page } from './tracking-store.ts'

/**
 * The model registry, with the semantics of spec/rest-api.md §5. Unknown names and versions throw
 * ResourceDoesNotExistError, names that are taken ResourceAlreadyExistsError, both with MLflow's texts. Every change
 * writes its webhook deliveries in its own transaction.
 */
export interface RegistryStore {
  createRegisteredModel(model: NewRegisteredModel): Promise<RegisteredModel>
  getRegisteredModel(name: string): Promise<RegisteredModel>
  renameRegisteredModel(name: string, newName: string): Promise<RegisteredModel>
  updateRegisteredModel(name: string, description: string): Promise<RegisteredModel>
  /** For good, with versions, tags and aliases. */
  deleteRegisteredModel(name: string): Promise<void>
  searchRegisteredModels(search: RegistrySearch): Promise<Page<RegisteredModel>>
  /** The highest version of each stage asked for; all stages when none is named. */
  getLatestVersions(name: string, stages: readonly ModelStage[]): Promise<ModelVersion[]>
  setRegisteredModelTag(name: string, tag: Tag): Promise<void>
  deleteRegisteredModelTag(name: string, key: string): Promise<void>
  setAlias(name: string, alias: string, version: number): Promise<void>
  deleteAlias(name: string, alias: string): Promise<void>
  /** `latest`, in any case, is the highest version. Throws InvalidParameterValueError for an unknown alias. */
  getVersionByAlias(name: string, alias: string): Promise<ModelVersion>

  /** Gives the next number, resolves a `models:/` source to its storage location. */
  createModelVersion(version: NewModelVersion): Promise<ModelVersion>
  getModelVersion(name: string, version: number): Promise<ModelVersion>
  updateModelVersion(name: string, version: number, description: string): Promise<ModelVersion>
  transitionStage(
    name: string,
    version: number,
    stage: ModelStage,
    options: { readonly archiveExisting: boolean },
  ): Promise<ModelVersion>
  deleteModelVersion(name: string, version: number): Promise<void>
  searchModelVersions(search: RegistrySearch): Promise<Page<ModelVersion>>
  getDownloadUri(name: string, version: number): Promise<string>
  /** Where the files of what a `models:/` URI names are. */
  getModelLocation(uri: ModelUri): Promise<string>
  setModelVersionTag(name: string, version: number, tag: Tag): Promise<void>
  deleteModelVersionTag(name: string, version: number, key: string): Promise<void>
}
