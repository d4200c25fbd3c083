import { type FrontDoor, type Logger, openFrontDoor } from '@tidemill/api'
import { type ServeConfig, toServeConfig } from '../config.ts'
import { type CliContext, writeLine } from '../context.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import { onInterrupt } from '../interrupts.ts'
import { createLogger } from '../logger.ts'
import { lockDirectories, lockServerDirectories } from '../server/lock-directories.ts'
import { findStoreDirectory } from '../server/store-directory.ts'
import type { SettingOptions } from '../settings.ts'

/**
 * Starts what the command names, says so in one line on stdout, and serves until a signal comes. One that comes during
 * the start ends the command too: what was begun is abandoned, which neither store minds.
 */
export const serve = async (
  command: 'up' | 'server' | 'worker',
  context: CliContext,
  options: SettingOptions,
): Promise<ExitCode> => {
  const config = await findStoreDirectory(
    toServeConfig(command === 'up' ? 'embedded' : command, options, context.environment, context.workingDirectory),
  )
  const logger = createLogger(config.logLevel, context.stderr)
  for (const warning of config.server.warnings) logger.warn(warning)
  const interrupted = Promise.withResolvers<undefined>()
  using _signals = onInterrupt(() => interrupted.resolve(undefined))
  await using stack = new AsyncDisposableStack()
  const readyLine = await Promise.race([START[command](config, logger, stack), interrupted.promise])
  if (readyLine !== undefined) {
    writeLine(context.stdout, readyLine)
    await interrupted.promise
  }
  logger.info({ command }, 'Stopping')
  return EXIT_CODES.success
}

type Start = (config: ServeConfig, logger: Logger, stack: AsyncDisposableStack) => Promise<string>

const startUp: Start = async (config, logger, stack) => {
  const lock = await lockDirectories(config, stack)
  const door: FrontDoor = stack.use(await openFrontDoor(config))
  const { startEmbeddedServer } = await import('../server/embedded-server.ts')
  stack.use(await startEmbeddedServer(config, door, logger))
  await lock.publishUrl(door.url)
  return `Tidemill is ready at ${door.url}`
}

const startServerOnly: Start = async (config, logger, stack) => {
  const lock = await lockServerDirectories(config, stack)
  const door = stack.use(await openFrontDoor(config))
  if (lock !== undefined) {
    logger.warn(
      { backendStoreUri: config.store.uri },
      'No worker can reach an embedded store of another process: submissions will stay queued. Use `tidemill up`, or Postgres',
    )
  }
  const { startServerOf } = await import('../server/start-server.ts')
  stack.use(await startServerOf(config, false, door, logger))
  await lock?.publishUrl(door.url)
  return `Tidemill server is ready at ${door.url}`
}

const startWorkerOnly: Start = async (config, logger, stack) => {
  const { startDistributedWorker } = await import('../server/start-distributed-worker.ts')
  const { workerId } = stack.use(await startDistributedWorker(config, logger))
  return `Tidemill worker ${workerId} is ready for ${config.trackingUri}`
}

const START: Readonly<Record<'up' | 'server' | 'worker', Start>> = {
  up: startUp,
  server: startServerOnly,
  worker: startWorkerOnly,
}
