import { createServerContext, type Logger, type ServerConfig, type ServerContext, startServer } from '@tidemill/api'
import type { ServeConfig } from '../config.ts'
import { withStoreFailures } from './store-failure.ts'

export interface StartedServer extends AsyncDisposable {
  readonly url: string
  readonly context: ServerContext
}

/** Opens the stores and listens. Both are closed again on disposal, and when the second fails. */
export const startServerOf = async (
  config: ServeConfig,
  isEmbedded: boolean,
  logger: Logger,
): Promise<StartedServer> => {
  await using stack = new AsyncDisposableStack()
  const serverConfig: ServerConfig = {
    host: config.host,
    port: config.port,
    backendStoreUri: config.store.uri,
    ...(config.defaultArtifactRoot === undefined ? {} : { defaultArtifactRoot: config.defaultArtifactRoot }),
    artifactsDestination: config.artifactsDestination,
    dataDirectory: config.dataDirectory,
    allowedHosts: config.allowedHosts,
    corsAllowedOrigins: config.corsAllowedOrigins,
    sourcePolicy: config.sourcePolicy,
    isEmbedded,
  }
  const context = stack.use(await withStoreFailures(config.store, () => createServerContext(serverConfig, logger)))
  const { url } = stack.use(await startServer(context))
  const owned = stack.move()
  return { url, context, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
