export { isPostgresUri, openDatabase, type DatabaseOptions, type OpenDatabase } from './database/open-database.ts'
export type { Database } from './tables/database.ts'
