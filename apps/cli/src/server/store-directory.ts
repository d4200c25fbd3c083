import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServeConfig } from '../config.ts'
import { CliError } from '../errors.ts'

/** What MLflow's file store has in its folder: experiments by number, and its trash. */
const FILE_STORE_ENTRY = /^(\d{1,19}|\.trash|models)$/

/**
 * Where the embedded store is: the folder that was named when it is one, empty or absent; in a folder with other files,
 * `pg` below it. Throws CliError for the runs of MLflow's file store, which would seem to be lost.
 */
export const findStoreDirectory = async (config: ServeConfig): Promise<ServeConfig> => {
  if (config.store.kind === 'postgres') return config
  const { uri } = config.store
  const entries = await listEntries(uri)
  if (entries.length === 0 || entries.includes('PG_VERSION')) return config
  if (!entries.includes('pg') && entries.some((entry) => FILE_STORE_ENTRY.test(entry))) {
    throw new CliError(
      `'${uri}' has the runs of an MLflow file store. Give another directory, and take the runs over with \`tidemill import ${uri}\`.`,
    )
  }
  return { ...config, store: { kind: 'embedded', uri: join(uri, 'pg') } }
}

const listEntries = async (directory: string): Promise<readonly string[]> => {
  try {
    return await readdir(directory)
  } catch (error) {
    // Absent, or in a place that the lock is about to complain of.
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}
