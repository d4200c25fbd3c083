import type { RegistryStore } from '@tidemill/core'
import type { OpenDatabase } from './database/open-database.ts'
import { createAliasStore } from './registry/alias-store.ts'
import { createModelVersionStore } from './registry/model-version-store.ts'
import { createRegisteredModelStore } from './registry/registered-model-store.ts'

export interface RegistryStoreOptions {
  /** Must match somewhere in the source of every new version. @default any source */
  readonly sourcePattern?: RegExp
}

/** The model registry in a database. Close the database after the last call. */
export const createRegistryStore = (
  { db }: Pick<OpenDatabase, 'db'>,
  { sourcePattern }: RegistryStoreOptions = {},
): RegistryStore => ({
  ...createRegisteredModelStore(db),
  ...createAliasStore(db),
  ...createModelVersionStore(db, sourcePattern),
})
