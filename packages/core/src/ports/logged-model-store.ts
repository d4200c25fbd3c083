import type { LoggedModel, LoggedModelSearch, LoggedModelStatus, NewLoggedModel } from '../logged-model/logged-model.ts'
import type { Param, Tag } from '../run/run.ts'
import type { Page } from './tracking-store.ts'

/** Logged models, with the semantics of spec/rest-api.md §3.10. Unknown and deleted ids throw ResourceDoesNotExistError. */
export interface LoggedModelStore {
  createLoggedModel(model: NewLoggedModel): Promise<LoggedModel>
  /** `allowDeleted` finds a deleted one too. @default false */
  getLoggedModel(modelId: string, options?: { readonly allowDeleted?: boolean }): Promise<LoggedModel>
  finalizeLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel>
  /** Its files stay. One that is deleted already is fine: calls are retried. */
  deleteLoggedModel(modelId: string): Promise<void>
  searchLoggedModels(search: LoggedModelSearch): Promise<Page<LoggedModel>>
  setLoggedModelTags(modelId: string, tags: readonly Tag[]): Promise<void>
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>
  /** Params that are there with the same value are fine. Throws InvalidParameterValueError for another value. */
  logLoggedModelParams(modelId: string, params: readonly Param[]): Promise<void>
}
