import type { Logger } from '@tidemill/api'
import { startWorker } from '@tidemill/worker'
import type { ServeConfig } from '../config.ts'
import { startServerOf } from './start-server.ts'
import { createDispatcher, createExecutor, createLogArchive } from './worker-parts.ts'

/** Server and worker in this process. Disposal stops the worker's steps, which are run again by the next start. */
export interface EmbeddedServer extends AsyncDisposable {
  readonly url: string
}

export const startEmbeddedServer = async (config: ServeConfig, logger: Logger): Promise<EmbeddedServer> => {
  await using stack = new AsyncDisposableStack()
  const { url, context } = stack.use(await startServerOf(config, true, logger))
  const dispatcher = stack.use(createDispatcher(config, logger))
  const executor = stack.use(createExecutor(config, context.downloader))
  stack.use(
    await startWorker({
      engine: context.engine,
      tracking: context.tracking,
      dispatcher,
      executor,
      archiveLog: createLogArchive(context.repository),
      trackingUri: url,
      concurrency: config.concurrency,
      logger,
    }),
  )
  const owned = stack.move()
  return { url, [Symbol.asyncDispose]: () => owned.disposeAsync() }
}
