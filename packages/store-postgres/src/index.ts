export { isPostgresUri, openDatabase, type DatabaseOptions, type OpenDatabase } from './database/open-database.ts'
export type { Database } from './tables/database.ts'
export { createTrackingStore, type TrackingStoreOptions } from './tracking-store.ts'
export { createEngineStore, type EngineStoreOptions } from './engine-store.ts'
