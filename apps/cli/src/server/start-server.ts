import {
  createServerContext,
  type FrontDoor,
  type Logger,
  type ServerConfig,
  type ServerContext,
  serveThrough,
} from '@tidemill/api'
import type { ServeConfig } from '../config.ts'
import { withStoreFailures } from './store-failure.ts'

export interface StartedServer extends AsyncDisposable {
  readonly context: ServerContext
}

/** Opens the stores and serves them through a door that listens already. Closed again on disposal; the door is not. */
export const startServerOf = async (
  config: ServeConfig,
  isEmbedded: boolean,
  door: FrontDoor,
  logger: Logger,
): Promise<StartedServer> => {
  await using stack = new AsyncDisposableStack()
  const serverConfig = toServerConfig(config, isEmbedded)
  const context = stack.use(await withStoreFailures(config.store, () => createServerContext(serverConfig, logger)))
  stack.use(await serveThrough(door, context))
  const owned = stack.move()
  return { context, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}

const toServerConfig = (config: ServeConfig, isEmbedded: boolean): ServerConfig => {
  const { warnings: _warnings, ...server } = config.server
  return {
    ...server,
    host: config.host,
    port: config.port,
    backendStoreUri: config.store.uri,
    ...(config.defaultArtifactRoot === undefined ? {} : { defaultArtifactRoot: config.defaultArtifactRoot }),
    artifactsDestination: config.artifactsDestination,
    artifactVariables: config.artifactVariables,
    dataDirectory: config.dataDirectory,
    allowedHosts: config.allowedHosts,
    corsAllowedOrigins: config.corsAllowedOrigins,
    sourcePolicy: config.sourcePolicy,
    isEmbedded,
  }
}
