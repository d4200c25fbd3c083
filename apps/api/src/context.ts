import { join, resolve } from 'node:path'
import {
  type ArtifactRepository,
  createArtifactDownloader,
  createArtifactRepository,
  createLocalArtifactStore,
  PROXIED_ARTIFACT_ROOT,
  toLocalRoots,
} from '@tidemill/artifacts'
import type { ArtifactDownloader, ArtifactStore, EngineStore, ProjectResolver, TrackingStore } from '@tidemill/core'
import { createProjectResolver } from '@tidemill/projects'
import { createEngineStore, createTrackingStore, openDatabase } from '@tidemill/store-postgres'
import type { ServerConfig } from './config.ts'
import type { LogTails } from './endpoints/attempts/log-tails.ts'
import type { Logger } from './logger.ts'

/** What the HTTP side is made of. Tests make one with stores of their own. */
export interface AppServices {
  readonly config: ServerConfig
  readonly logger: Logger
  readonly tracking: TrackingStore
  readonly engine: EngineStore
  readonly resolver: ProjectResolver
  /** Where the `mlflow-artifacts` proxy keeps files. */
  readonly artifacts: ArtifactStore
  /** Finds the store of a run's artifact URI. */
  readonly repository: ArtifactRepository
  /** Rejects when the database does not answer. */
  pingDatabase(): Promise<void>
}

/** All that the endpoints need. */
export interface AppContext extends AppServices {
  readonly logTails: LogTails
  /** Aborts when the server begins to close: streams must end. */
  readonly closing: AbortSignal
}

export interface ServerContext extends AppServices, AsyncDisposable {
  /** For a worker in the same process. */
  readonly downloader: ArtifactDownloader
}

/** Opens the store (making and migrating it as needed) and builds every object once. */
export const createServerContext = async (config: ServerConfig, logger: Logger): Promise<ServerContext> => {
  const database = await openDatabase({ backendStoreUri: config.backendStoreUri })
  try {
    const defaultArtifactRoot = config.defaultArtifactRoot ?? PROXIED_ARTIFACT_ROOT
    const tracking = await createTrackingStore(database, { defaultArtifactRoot })
    const artifacts = createLocalArtifactStore(resolve(config.artifactsDestination))
    const repository = createArtifactRepository({ proxied: artifacts, localRoots: toLocalRoots(defaultArtifactRoot) })
    return {
      config,
      logger,
      tracking,
      engine: createEngineStore(database),
      resolver: createProjectResolver({
        cacheDirectory: join(config.dataDirectory, 'cache'),
        policy: config.sourcePolicy,
      }),
      artifacts,
      repository,
      downloader: createArtifactDownloader({ tracking, repository }),
      pingDatabase: () => database.execScript('select 1'),
      [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
    }
  } catch (error) {
    await database[Symbol.asyncDispose]()
    throw error
  }
}
