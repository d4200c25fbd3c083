import { type CliContext, writeLine } from '../context.ts'
import { toServeConfig } from '../config.ts'
import { CliError } from '../errors.ts'
import { parseAge } from '../maintenance/parse-age.ts'
import { lockServerDirectories } from '../server/lock-directories.ts'
import { findStoreDirectory } from '../server/store-directory.ts'
import { withStoreFailures } from '../server/store-failure.ts'
import { findSetting } from '../setting-value.ts'
import type { SettingOptions } from '../settings.ts'

export interface GcOptions extends SettingOptions {
  readonly olderThan?: string
  readonly runIds?: string
  readonly experimentIds?: string
  readonly loggedModelIds?: string
}

/** Removes for good what was deleted, artifacts first. What stops it leaves nothing half done: a repeat goes on. */
export const collectGarbage = async (context: CliContext, options: GcOptions): Promise<void> => {
  const config = await findStoreDirectory(
    toServeConfig('server', options, context.environment, context.workingDirectory),
  )
  const selection = {
    olderThanMs: options.olderThan === undefined ? 0 : parseAge(options.olderThan),
    ...toIds('runIds', options.runIds),
    ...toIds('experimentIds', options.experimentIds),
    ...toIds('loggedModelIds', options.loggedModelIds),
  }
  await using stack = new AsyncDisposableStack()
  await lockServerDirectories(config, stack)
  const [store, { createArtifactDeleter }] = await Promise.all([
    import('@tidemill/store-postgres'),
    import('../maintenance/artifact-deleter.ts'),
  ])
  const database = stack.use(
    await withStoreFailures(config.store, () => store.openDatabase({ backendStoreUri: config.store.uri })),
  )
  const warn = (message: string): void => writeLine(context.stderr, `tidemill: ${message}`)
  await store.collectGarbage(database, selection, createArtifactDeleter(config, findProxy(context, options), warn), {
    purged: (kind, id) => writeLine(context.stdout, `${NOUNS[kind]} with ID ${id} has been permanently deleted.`),
    kept: (kind, id, reason) => warn(`${NOUNS[kind]} ${id} stays: ${reason}.`),
  })
}

const NOUNS = { run: 'Run', experiment: 'Experiment', 'logged model': 'Logged model' } as const

/** Without a destination the server that is named deletes what its proxy keeps. */
const findProxy = (context: CliContext, options: GcOptions): string | undefined => {
  const server = findSetting('trackingUri', options, context.environment)
  const destination = findSetting('artifactsDestination', options, context.environment)
  return destination === undefined && server !== undefined && /^https?:\/\//.test(server.value)
    ? server.value
    : undefined
}

const toIds = <Name extends 'runIds' | 'experimentIds' | 'loggedModelIds'>(
  name: Name,
  text: string | undefined,
): Partial<Record<Name, readonly string[]>> => {
  if (text === undefined) return {}
  const ids = text
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '')
  if (ids.length === 0) {
    throw new CliError(
      `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} names nothing. Leave it out to purge everything that is deleted.`,
    )
  }
  const named: Partial<Record<Name, readonly string[]>> = {}
  named[name] = [...new Set(ids)]
  return named
}
