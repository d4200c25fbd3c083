import type { Logger } from '@tidemill/api'
import { type ServeConfig, toServeConfig } from '../config.ts'
import { type CliContext, writeLine } from '../context.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import { onInterrupt } from '../interrupts.ts'
import { createLogger } from '../logger.ts'
import { lockDirectories } from '../server/lock-directories.ts'
import type { SettingOptions } from '../settings.ts'

/** Starts what the command names, says so in one line on stdout, and serves until a signal comes. */
export const serve = async (
  command: 'up' | 'server' | 'worker',
  context: CliContext,
  options: SettingOptions,
): Promise<ExitCode> => {
  const config = toServeConfig(
    command === 'up' ? 'embedded' : command,
    options,
    context.environment,
    context.workingDirectory,
  )
  const logger = createLogger(config.logLevel, context.stderr)
  const interrupted = Promise.withResolvers<void>()
  using _signals = onInterrupt(() => interrupted.resolve())
  await using stack = new AsyncDisposableStack()
  const readyLine = await START[command](config, logger, stack)
  writeLine(context.stdout, readyLine)
  await interrupted.promise
  logger.info({ command }, 'Stopping')
  return EXIT_CODES.success
}

type Start = (config: ServeConfig, logger: Logger, stack: AsyncDisposableStack) => Promise<string>

const startUp: Start = async (config, logger, stack) => {
  const lock = await lockDirectories(config, stack)
  const { startEmbeddedServer } = await import('../server/embedded-server.ts')
  const { url } = stack.use(await startEmbeddedServer(config, logger))
  await lock.publishUrl(url)
  return `Tidemill is ready at ${url}`
}

const startServerOnly: Start = async (config, logger, stack) => {
  // Any number of servers may share one Postgres, and this machine's data directory with it.
  const lock = config.store.kind === 'embedded' ? await lockDirectories(config, stack) : undefined
  if (lock !== undefined) {
    logger.warn(
      { backendStoreUri: config.store.uri },
      'No worker can reach an embedded store of another process: submissions will stay queued. Use `tidemill up`, or Postgres',
    )
  }
  const { startServerOf } = await import('../server/start-server.ts')
  const { url } = stack.use(await startServerOf(config, false, logger))
  await lock?.publishUrl(url)
  return `Tidemill server is ready at ${url}`
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
