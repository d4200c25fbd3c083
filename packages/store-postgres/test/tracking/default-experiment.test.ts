import { createTestDatabase, type StoreKind } from '@tidemill/testkit'
import { expect, inject, test } from 'vitest'
import { createTrackingStore, openDatabase } from '../../src/index.ts'

const { postgres } = inject('services')
const serverUrl = postgres.isAvailable ? postgres.url : undefined
const kinds: StoreKind[] = serverUrl === undefined ? ['pglite'] : ['pglite', 'postgres']
const options = { defaultArtifactRoot: '/data/artifacts/' }

test.each(kinds)('on %s experiment 0 is made once, however many start, and the next one is 1', async (kind) => {
  const { database, uri, drop } = await createTestDatabase(kind, serverUrl)
  // Processes of their own where the database lets them in.
  const others = kind === 'pglite' ? [] : await Promise.all([1, 2, 3].map(() => openDatabase({ backendStoreUri: uri })))
  try {
    const stores = await Promise.all([database, database, ...others].map((open) => createTrackingStore(open, options)))
    const [store] = stores
    expect(await store?.getExperiment('0')).toMatchObject({
      name: 'Default',
      artifactLocation: '/data/artifacts/0',
      lifecycleStage: 'active',
    })
    expect(await store?.createExperiment({ name: 'first' })).toBe('1')
  } finally {
    await Promise.all(others.map((open) => open[Symbol.asyncDispose]()))
    await drop()
  }
})

test('a deleted Default is not made again', async () => {
  const { database, drop } = await createTestDatabase('pglite')
  try {
    const store = await createTrackingStore(database, options)
    await store.deleteExperiment('0')
    const again = await createTrackingStore(database, options)
    expect(await again.getExperiment('0')).toMatchObject({ lifecycleStage: 'deleted' })
  } finally {
    await drop()
  }
})
