import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { MigrationStatus } from '@tidemill/store-postgres'
import { type ServeConfig, toServeConfig } from '../config.ts'
import { type CliContext, writeJson, writeLine } from '../context.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import { formatTable } from '../output/table.ts'
import { lockServerDirectories } from '../server/lock-directories.ts'
import { findStoreDirectory } from '../server/store-directory.ts'
import { withStoreFailures } from '../server/store-failure.ts'
import type { SettingOptions } from '../settings.ts'

export interface DbOptions extends SettingOptions {
  readonly dryRun?: boolean
  readonly json?: boolean
}

/** Brings the schema up to date; a second time it finds nothing to do. With --dry-run it prints the SQL instead. */
export const upgradeDatabase = async (
  context: CliContext,
  uri: string | undefined,
  options: DbOptions,
): Promise<void> => {
  const config = await toConfig(context, uri, options)
  await using stack = new AsyncDisposableStack()
  await lockServerDirectories(config, stack)
  const pending = (await readStatus(config)).filter(({ appliedAt }) => appliedAt === undefined)
  if (options.dryRun === true) {
    for (const { name, sql } of pending) writeLine(context.stdout, `-- ${name}\n${sql.trim()}\n`)
    return
  }
  const { openDatabase } = await import('@tidemill/store-postgres')
  // Opening migrates, as at the start of every server.
  stack.use(await withStoreFailures(config.store, () => openDatabase({ backendStoreUri: config.store.uri })))
  for (const { name } of pending) writeLine(context.stdout, `applied ${name}`)
  if (pending.length === 0) writeLine(context.stdout, 'The schema is up to date.')
}

/** Lists the migrations. Exit code 1 when some are pending. */
export const showDatabaseStatus = async (
  context: CliContext,
  uri: string | undefined,
  options: DbOptions,
): Promise<ExitCode> => {
  const config = await toConfig(context, uri, options)
  await using stack = new AsyncDisposableStack()
  await lockServerDirectories(config, stack)
  const status = await readStatus(config)
  if (options.json === true) {
    const migrations = status.map(({ name, appliedAt }) => ({
      name,
      ...(appliedAt === undefined ? {} : { applied_at: appliedAt }),
    }))
    writeJson(context.stdout, { migrations })
  } else {
    const rows = status.map(({ name, appliedAt }) => [
      name,
      appliedAt === undefined ? 'pending' : new Date(appliedAt).toISOString(),
    ])
    writeLine(context.stdout, formatTable(['MIGRATION', 'APPLIED'], rows))
  }
  return status.some(({ appliedAt }) => appliedAt === undefined) ? EXIT_CODES.failure : EXIT_CODES.success
}

const toConfig = (context: CliContext, uri: string | undefined, options: DbOptions): Promise<ServeConfig> =>
  findStoreDirectory(
    toServeConfig(
      'server',
      uri === undefined ? options : { ...options, backendStoreUri: uri },
      context.environment,
      context.workingDirectory,
    ),
  )

/** An embedded store that is not there yet is not made by looking. */
const readStatus = async ({ store }: ServeConfig): Promise<readonly MigrationStatus[]> => {
  const { connectDatabase, pendingMigrations, readMigrationStatus } = await import('@tidemill/store-postgres')
  if (store.kind === 'embedded' && !existsSync(join(store.uri, 'PG_VERSION'))) return pendingMigrations()
  return withStoreFailures(store, async () => {
    await using database = await connectDatabase({ backendStoreUri: store.uri })
    return await readMigrationStatus(database)
  })
}
