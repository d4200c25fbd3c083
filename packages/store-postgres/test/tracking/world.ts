import { randomUUID } from 'node:crypto'
import type { Metric, NewRun, RunBatch, RunSearch, TrackingStore } from '@tidemill/core'
import { createTestDatabase, type StoreKind } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, inject } from 'vitest'
import { createTrackingStore, type OpenDatabase } from '../../src/index.ts'

/** What a test gets: a store that the tests of its file share, each in an experiment of its own. */
export interface World {
  readonly store: TrackingStore
  readonly database: OpenDatabase
  anExperiment(artifactLocation?: string): Promise<string>
  /** A run in an experiment of its own unless one is named; answers its id. */
  aRun(run?: Partial<NewRun>): Promise<string>
}

/** Runs the tests on PGlite, and on Postgres where there is one. Without `background` nothing is settled by itself. */
export const describeStores = (
  subject: string,
  tests: (world: World) => void,
  { background = true }: { readonly background?: boolean } = {},
): void => {
  const { postgres } = inject('services')
  if (!postgres.isAvailable) process.stderr.write(`Tests on Postgres are skipped: ${postgres.reason}\n`)
  const kinds: StoreKind[] = postgres.isAvailable ? ['pglite', 'postgres'] : ['pglite']

  describe.each(kinds)(`${subject} on %s`, (kind) => {
    let opened: { readonly database: OpenDatabase; readonly store: TrackingStore; drop(): Promise<void> } | undefined
    const current = () => {
      if (opened === undefined) throw new Error('The store is open only while tests run')
      return opened
    }
    beforeAll(async () => {
      const { database, drop } = await createTestDatabase(kind, postgres.isAvailable ? postgres.url : undefined)
      opened = {
        database,
        drop,
        store: await createTrackingStore(background ? database : withoutBackground(database), {
          defaultArtifactRoot: 's3://root/x?q=1',
        }),
      }
    })
    afterAll(async () => {
      await opened?.drop()
    })
    const anExperiment = (artifactLocation?: string): Promise<string> =>
      current().store.createExperiment({
        name: randomUUID(),
        ...(artifactLocation === undefined ? {} : { artifactLocation }),
      })
    tests({
      get store() {
        return current().store
      },
      get database() {
        return current().database
      },
      anExperiment,
      aRun: async (run = {}) => {
        const experimentId = run.experimentId ?? (await anExperiment())
        return (await current().store.createRun({ ...run, experimentId })).info.runId
      },
    })
  })
}

/** Ends what runs until the database closes as soon as it starts. */
const withoutBackground = (database: OpenDatabase): OpenDatabase => ({ ...database, onClosing: (stop) => void stop() })

export const aBatch = (batch: Partial<RunBatch>): RunBatch => ({ metrics: [], params: [], tags: [], ...batch })

export const aMetric = (key: string, value: number, step = 0, timestamp = 0): Metric => ({
  key,
  value,
  step,
  timestamp,
})

export const aSearch = (experimentId: string, search: Partial<RunSearch> = {}): RunSearch => ({
  experimentIds: [experimentId],
  filter: '',
  orderBy: [],
  maxResults: 1000,
  viewType: 'ACTIVE_ONLY',
  ...search,
})

/** Names of the runs of every page, a page a list. */
export const searchNames = async (store: TrackingStore, search: RunSearch): Promise<string[][]> => {
  const pages: string[][] = []
  let pageToken = ''
  do {
    const { items, nextPageToken } = await store.searchRuns({ ...search, pageToken })
    pages.push(items.map(({ info }) => info.runName))
    pageToken = nextPageToken ?? ''
  } while (pageToken !== '')
  return pages
}
