import { join } from 'node:path'
import {
  type ArtifactLocator,
  type ArtifactRepository,
  createArtifactDownloader,
  createArtifactLocator,
  createArtifactRepository,
  createArtifactStore,
  PROXIED_ARTIFACT_ROOT,
  readS3Settings,
} from '@tidemill/artifacts'
import type {
  ArtifactDownloader,
  ArtifactStore,
  EngineStore,
  LoggedModelStore,
  ProjectResolver,
  RegistryStore,
  TrackingStore,
  UserStore,
} from '@tidemill/core'
import { createProjectResolver } from '@tidemill/projects'
import {
  countOpenWorkflowRuns,
  createEngineStore,
  createLoggedModelStore,
  createRegistryStore,
  createTrackingStore,
  createUserStore,
  createWebhookStore,
  type OpenDatabase,
  openDatabase,
} from '@tidemill/store-postgres'
import { toAbsolutePlace } from './absolute-place.ts'
import { type Accounts, createAccess } from './auth/create-access.ts'
import { type Guard, OPEN_GUARD } from './auth/guard.ts'
import type { ServerConfig } from './config.ts'
import type { LogTails } from './endpoints/attempts/log-tails.ts'
import type { Logger } from './logger.ts'
import type { ServerMetrics } from './metrics/server-metrics.ts'
import { DEFAULT_WEBHOOK_CONFIG, startWebhooks, type Webhooks } from './webhooks/webhooks.ts'

/** What the HTTP side is made of. Tests make one with stores of their own. */
export interface AppServices {
  readonly config: ServerConfig
  readonly logger: Logger
  /** Who may do what. */
  readonly guard: Guard
  /** Absent: the server asks nobody who they are. */
  readonly accounts?: Accounts
  readonly tracking: TrackingStore
  readonly loggedModels: LoggedModelStore
  readonly webhooks: Webhooks
  readonly registry: RegistryStore
  readonly engine: EngineStore
  readonly resolver: ProjectResolver
  /** Where the `mlflow-artifacts` proxy keeps files. */
  readonly artifacts: ArtifactStore
  /** Finds the store of a run's artifact URI. */
  readonly repository: ArtifactRepository
  /** Finds the files behind `runs:/` and `models:/` URIs too. */
  readonly locator: ArtifactLocator
  /** Rejects when the database does not answer. */
  pingDatabase(): Promise<void>
  /** Absent unless Prometheus is to read them. */
  readonly metrics?: ServerMetrics
}

/** All that the endpoints need. */
export interface AppContext extends AppServices {
  readonly logTails: LogTails
  /** Aborts when the server begins to close: streams must end. */
  readonly closing: AbortSignal
}

export interface ServerContext extends AppServices, AsyncDisposable {
  /** For a worker in the same process. */
  readonly users: UserStore
  /** For a worker in the same process. */
  readonly downloader: ArtifactDownloader
}

/** Opens the store (making and migrating it as needed) and builds every object once. */
export const createServerContext = async (config: ServerConfig, logger: Logger): Promise<ServerContext> => {
  const database = await openDatabase({ backendStoreUri: config.backendStoreUri })
  try {
    const users = createUserStore(database)
    const access = config.auth === undefined ? { guard: OPEN_GUARD } : await createAccess(users, config.auth)
    const defaultArtifactRoot = toAbsolutePlace(config.defaultArtifactRoot ?? PROXIED_ARTIFACT_ROOT)
    const tracking = await createTrackingStore(database, {
      defaultArtifactRoot,
      logger: logger.child({ subsystem: 'tracking' }),
    })
    const s3 = readS3Settings(config.artifactVariables ?? {})
    const artifacts = createArtifactStore(config.artifactsDestination, { s3 })
    const roots = [defaultArtifactRoot, config.artifactsDestination]
    const repository = createArtifactRepository({ proxied: artifacts, roots, s3 })
    const { modelVersionSourceRegex: sourceRegex } = config
    const registry = createRegistryStore(
      database,
      sourceRegex === undefined ? {} : { sourcePattern: new RegExp(sourceRegex, 'u') },
    )
    const locator = createArtifactLocator({ tracking, registry, repository })
    const webhooks = startWebhooks({
      store: createWebhookStore(database),
      config: config.webhooks ?? DEFAULT_WEBHOOK_CONFIG,
      dataDirectory: config.dataDirectory,
      logger: logger.child({ subsystem: 'webhooks' }),
    })
    database.onClosing(async () => webhooks[Symbol.asyncDispose]())
    const engine = createEngineStore(database)
    const metrics = await createMetrics(config, engine, database)
    return {
      config,
      logger,
      ...(metrics === undefined ? {} : { metrics }),
      ...access,
      users,
      webhooks,
      tracking,
      loggedModels: createLoggedModelStore(database),
      registry,
      engine,
      resolver: createProjectResolver({
        cacheDirectory: join(config.dataDirectory, 'cache'),
        policy: config.sourcePolicy,
      }),
      artifacts,
      repository,
      locator,
      downloader: createArtifactDownloader({ locator }),
      pingDatabase: () => database.execScript('select 1'),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}

/** Loaded only where they are wanted. */
const createMetrics = async (
  { exposeMetrics = false }: ServerConfig,
  engine: EngineStore,
  database: OpenDatabase,
): Promise<ServerMetrics | undefined> => {
  if (!exposeMetrics) return undefined
  const { createServerMetrics } = await import('./metrics/server-metrics.ts')
  return createServerMetrics({ engine, countOpenWorkflowRuns: () => countOpenWorkflowRuns(database) })
}
