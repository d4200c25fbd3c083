import { randomUUID } from 'node:crypto'
import type { NewModelVersion, NewRegisteredModel, RegistrySearch, RegistryStore, TrackingStore } from '@tidemill/core'
import { createTestDatabase, type StoreKind } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { createRegistryStore, createTrackingStore, type OpenDatabase } from '../../src/index.ts'

/** What a test gets: stores that the tests of its file share, each with models of its own. */
export interface World {
  readonly registry: RegistryStore
  readonly tracking: TrackingStore
  readonly database: OpenDatabase
  /** Answers its name. */
  aModel(model?: Partial<NewRegisteredModel>): Promise<string>
  /** Answers its number. */
  aVersion(name: string, version?: Partial<NewModelVersion>): Promise<number>
}

/** Runs the tests on PGlite, and on Postgres where there is one. */
export const describeRegistries = (subject: string, tests: (world: World) => void): void => {
  const { postgres } = inject('services')
  const kinds: StoreKind[] = postgres.isAvailable ? ['pglite', 'postgres'] : ['pglite']

  describe.each(kinds)(`${subject} on %s`, (kind) => {
    let opened: (Omit<World, 'aModel' | 'aVersion'> & { drop(): Promise<void> }) | undefined
    const current = () => {
      if (opened === undefined) throw new Error('The store is open only while tests run')
      return opened
    }
    beforeAll(async () => {
      const { database, drop } = await createTestDatabase(kind, postgres.isAvailable ? postgres.url : undefined)
      opened = {
        database,
        drop,
        registry: createRegistryStore(database),
        tracking: await createTrackingStore(database, { defaultArtifactRoot: '/srv/artifacts' }),
      }
    })
    afterAll(async () => {
      await opened?.drop()
    })
    tests({
      get registry() {
        return current().registry
      },
      get tracking() {
        return current().tracking
      },
      get database() {
        return current().database
      },
      aModel: async (model = {}) => {
        const name = model.name ?? `model ${randomUUID()}`
        await current().registry.createRegisteredModel({ description: '', tags: [], ...model, name })
        return name
      },
      aVersion: async (name, version = {}) =>
        (await current().registry.createModelVersion(aNewVersion(name, version))).version,
    })
  })
}

export const aNewVersion = (name: string, version: Partial<NewModelVersion> = {}): NewModelVersion => ({
  name,
  source: 's3://bucket/model',
  runId: '',
  runLink: '',
  description: '',
  tags: [],
  ...version,
})

export const aSearch = (search: Partial<RegistrySearch> = {}): RegistrySearch => ({
  filter: '',
  orderBy: [],
  maxResults: 1000,
  ...search,
})
