import type { FrontDoor, Logger } from '@tidemill/api'
import { startWorker } from '@tidemill/worker'
import type { ServeConfig } from '../config.ts'
import { startServerOf } from './start-server.ts'
import { createDispatcher, createExecutor, createLogArchive } from './worker-parts.ts'

/**
 * Server and worker in this process, behind a door that listens already. Disposal stops the worker's steps, which are
 * run again by the next start.
 */
export const startEmbeddedServer = async (
  config: ServeConfig,
  door: FrontDoor,
  logger: Logger,
): Promise<AsyncDisposable> => {
  await using stack = new AsyncDisposableStack()
  const { context } = stack.use(await startServerOf(config, true, door, logger))
  const dispatcher = stack.use(createDispatcher(config, logger))
  const executor = stack.use(createExecutor(config, context.downloader))
  stack.use(
    await startWorker({
      engine: context.engine,
      tracking: context.tracking,
      users: context.users,
      dispatcher,
      executor,
      archiveLog: createLogArchive(context.repository),
      trackingUri: door.url,
      concurrency: config.concurrency,
      logger,
    }),
  )
  return stack.move()
}
