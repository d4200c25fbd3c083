import type { Logger } from '@tidemill/api'
import {
  createArtifactDownloader,
  createArtifactLocator,
  createArtifactRepository,
  createProxyArtifactStore,
  PROXIED_ARTIFACT_ROOT,
  readS3Settings,
} from '@tidemill/artifacts'
import {
  createEngineStore,
  createRegistryStore,
  createTrackingStore,
  createUserStore,
  openDatabase,
} from '@tidemill/store-postgres'
import { toLoginHeaders } from '@tidemill/sdk'
import { type RunningWorker, startWorker } from '@tidemill/worker'
import type { ServeConfig } from '../config.ts'
import { CliError } from '../errors.ts'
import { withStoreFailures } from './store-failure.ts'
import { createDispatcher, createExecutor, createLogArchive } from './worker-parts.ts'

/** A worker beside servers of other processes: it shares their Postgres and Redis, artifacts go through a server. */
export const startDistributedWorker = async (config: ServeConfig, logger: Logger): Promise<RunningWorker> => {
  if (config.store.kind !== 'postgres') {
    throw new CliError(
      'A worker needs the Postgres of its servers, because an embedded store belongs to one process. Give --backend-store-uri postgresql://… or DATABASE_URL, or use `tidemill up` for server and worker in one.',
    )
  }
  if (config.redisUrl === undefined) {
    throw new CliError('A worker needs the Redis that carries its tickets. Give --redis-url redis://… or REDIS_URL.')
  }
  await using stack = new AsyncDisposableStack()
  const { store } = config
  const database = stack.use(await withStoreFailures(store, () => openDatabase({ backendStoreUri: store.uri })))
  const defaultArtifactRoot = config.defaultArtifactRoot ?? PROXIED_ARTIFACT_ROOT
  const tracking = await createTrackingStore(database, { defaultArtifactRoot })
  const artifacts = createArtifactRepository({
    proxied: createProxyArtifactStore(config.trackingUri, { headers: toLoginHeaders(config.credentials) }),
    roots: [defaultArtifactRoot],
    s3: readS3Settings(config.artifactVariables),
  })
  const locator = createArtifactLocator({ tracking, registry: createRegistryStore(database), repository: artifacts })
  const dispatcher = stack.use(createDispatcher(config, logger))
  const executor = stack.use(createExecutor(config, createArtifactDownloader({ locator })))
  const worker = stack.use(
    await startWorker({
      engine: createEngineStore(database),
      tracking,
      users: createUserStore(database),
      dispatcher,
      executor,
      archiveLog: createLogArchive(artifacts),
      trackingUri: config.trackingUri,
      concurrency: config.concurrency,
      logger,
    }),
  )
  const owned = stack.move()
  return { workerId: worker.workerId, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
