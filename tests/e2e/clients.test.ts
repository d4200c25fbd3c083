import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPostgresDatabase, findMlflowClient, startTidemill, type TidemillProcess } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'

const { postgres } = inject('services')
const script = join(import.meta.dirname, 'client-flows.py')
const versions = ['2.22.2', '3.17.2']
const clients = await Promise.all(versions.map(findMlflowClient))

describe.each(['pglite', 'postgres'] as const)('unmodified MLflow clients against a server on %s', (kind) => {
  const reason = kind === 'postgres' && !postgres.isAvailable ? postgres.reason : undefined
  let server: TidemillProcess
  let directory: string
  let dropDatabase: (() => Promise<void>) | undefined

  beforeAll(async () => {
    if (reason !== undefined) return
    directory = await mkdtemp(join(tmpdir(), 'tidemill-clients-'))
    let backend = join(directory, 'store')
    if (kind === 'postgres' && postgres.isAvailable) {
      const database = await createPostgresDatabase(postgres.url)
      backend = database.uri
      dropDatabase = database.drop
    }
    server = await startTidemill(['server', '--port', '0', '--backend-store-uri', backend, '--data-dir', directory])
  })

  afterAll(async () => {
    await server?.stop()
    await dropDatabase?.()
    if (directory !== undefined) await rm(directory, { recursive: true, force: true })
  })

  test.for(versions.map((version, index) => ({ version, client: clients[index] })))(
    'mlflow $version runs its flows',
    async ({ version, client }, { skip }) => {
      if (reason !== undefined) skip(reason)
      if (client === undefined) {
        skip(`mlflow-skinny ${version} is not to be had: the package index does not answer`)
        return
      }
      expect(await client.runScript(script, [], server.url)).toContain('all flows passed')
    },
  )
})
