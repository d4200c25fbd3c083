export {
  connectDatabase,
  isPostgresUri,
  openDatabase,
  type DatabaseOptions,
  type OpenDatabase,
} from './database/open-database.ts'
export { probePostgres } from './database/probe-postgres.ts'
export type { Database } from './tables/database.ts'
export { createTrackingStore, type TrackingStoreOptions } from './tracking-store.ts'
export { createEngineStore, type EngineStoreOptions } from './engine-store.ts'
export { createRegistryStore, type RegistryStoreOptions } from './registry-store.ts'
export { createLoggedModelStore } from './logged-model-store.ts'
export { createUserStore } from './user-store.ts'
export { createWebhookStore } from './webhook-store.ts'
export { countOpenWorkflowRuns } from './maintenance/count-open-workflow-runs.ts'
export { pendingMigrations, readMigrationStatus, type MigrationStatus } from './maintenance/migration-status.ts'
export { collectGarbage } from './gc/collect-garbage.ts'
export type { DeleteArtifacts, PurgeReport, PurgeSelection } from './gc/selection.ts'
export { createImportTarget } from './import/import-target.ts'
