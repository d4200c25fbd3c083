import { createServerContext, type Logger, type ServerContext, startServer } from '@tidemill/api'
import type { ServeConfig } from '../config.ts'

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
  const context = stack.use(
    await createServerContext(
      {
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
      },
      logger,
    ),
  )
  const { url } = stack.use(await startServer(context))
  const owned = stack.move()
  return { url, context, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
