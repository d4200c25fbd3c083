import type {
  AccountTable,
  AttemptTokenTable,
  ExperimentPermissionTable,
  RegisteredModelPermissionTable,
} from './account.ts'
import type { DatasetTable, RunDatasetInputTable, RunModelInputTable, RunModelOutputTable } from './dataset.ts'
import type { ExperimentTable, ExperimentTagTable } from './experiment.ts'
import type {
  LoggedModelMetricTable,
  LoggedModelParamTable,
  LoggedModelTable,
  LoggedModelTagTable,
} from './logged-model.ts'
import type {
  ModelVersionTable,
  ModelVersionTagTable,
  RegisteredModelAliasTable,
  RegisteredModelTable,
  RegisteredModelTagTable,
} from './registered-model.ts'
import type {
  EntityKeyTable,
  ImportedRunTable,
  MetricChunkTable,
  RunDocumentTable,
  RunMetricTable,
  RunParamTable,
  RunTable,
  RunTagTable,
  RunUnsettledTable,
} from './run.ts'
import type { WebhookDeliveryTable, WebhookTable } from './webhook.ts'
import type {
  AttemptLogTable,
  AttemptTable,
  IdempotencyKeyTable,
  OutboxTable,
  StepCellTable,
  StepEdgeTable,
  StepRunTable,
  WorkerTable,
  WorkflowEventTable,
  WorkflowRunTable,
} from './workflow-run.ts'

/** Every table, by its name in Postgres. */
export interface Database {
  experiment: ExperimentTable
  experiment_tag: ExperimentTagTable
  run: RunTable
  entity_key: EntityKeyTable
  run_param: RunParamTable
  run_tag: RunTagTable
  metric_chunk: MetricChunkTable
  run_metric: RunMetricTable
  run_unsettled: RunUnsettledTable
  run_document: RunDocumentTable
  imported_run: ImportedRunTable
  dataset: DatasetTable
  run_dataset_input: RunDatasetInputTable
  run_model_input: RunModelInputTable
  run_model_output: RunModelOutputTable
  registered_model: RegisteredModelTable
  registered_model_tag: RegisteredModelTagTable
  registered_model_alias: RegisteredModelAliasTable
  model_version: ModelVersionTable
  model_version_tag: ModelVersionTagTable
  logged_model: LoggedModelTable
  logged_model_param: LoggedModelParamTable
  logged_model_tag: LoggedModelTagTable
  logged_model_metric: LoggedModelMetricTable
  account: AccountTable
  experiment_permission: ExperimentPermissionTable
  registered_model_permission: RegisteredModelPermissionTable
  attempt_token: AttemptTokenTable
  webhook: WebhookTable
  webhook_delivery: WebhookDeliveryTable
  workflow_run: WorkflowRunTable
  step_run: StepRunTable
  step_edge: StepEdgeTable
  step_cell: StepCellTable
  attempt: AttemptTable
  attempt_log: AttemptLogTable
  outbox: OutboxTable
  workflow_event: WorkflowEventTable
  worker: WorkerTable
  idempotency_key: IdempotencyKeyTable
}
