import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPostgresDatabase, type Service, startTidemill } from '@tidemill/testkit'

export const STORES = ['embedded', 'Postgres'] as const
export type Store = (typeof STORES)[number]

export interface ServerOnStore extends AsyncDisposable {
  readonly url: string
}

/** A server of this clone on a new store, with its artifacts in a folder that goes when it is disposed of. */
export const startServerOn = async (store: Store, postgres: Service): Promise<ServerOnStore> => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-conformance-'))
  const database = store === 'Postgres' && postgres.isAvailable ? await createPostgresDatabase(postgres.url) : undefined
  const server = await startTidemill([
    'server',
    '--port',
    '0',
    '--backend-store-uri',
    database?.uri ?? join(directory, 'store'),
    '--data-dir',
    join(directory, 'data'),
  ])
  return {
    url: server.url,
    [Symbol.asyncDispose]: async () => {
      await server.stop()
      await database?.drop()
      await rm(directory, { recursive: true, force: true })
    },
  }
}
