import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { ArtifactStore } from '@tidemill/core'
import type { ImportOptions } from '@tidemill/importer'
import { toServeConfig } from '../config.ts'
import { type CliContext, writeLine } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import { createImportProgress } from '../output/import-progress.ts'
import { formatImportReport } from '../output/import-report.ts'
import { lockServerDirectories } from '../server/lock-directories.ts'
import { findStoreDirectory } from '../server/store-directory.ts'
import { withStoreFailures } from '../server/store-failure.ts'
import type { SettingOptions } from '../settings.ts'

export interface ImportCommandOptions extends SettingOptions {
  readonly artifacts: 'copy' | 'keep'
  readonly sourceArtifacts?: string
  readonly experimentIds?: string
  readonly onConflict: ImportOptions['conflictRule']
  readonly workers: string
  readonly dryRun?: boolean
  readonly verifyOnly?: boolean
  readonly report?: string
}

/** Imports and compares. Exit code 0 when all of the source is in the target, or after a dry run. */
export const importFromMlflow = async (
  context: CliContext,
  sourceUri: string,
  options: ImportCommandOptions,
): Promise<ExitCode> => {
  const config = await findStoreDirectory(
    // `workers` is the import's own; that of a server means something else.
    toServeConfig('server', { ...options, workers: undefined }, context.environment, context.workingDirectory),
  )
  const [workers, mode] = [parseWorkers(options.workers), toMode(options)]
  const experimentIds = parseExperimentIds(options.experimentIds)
  await using stack = new AsyncDisposableStack()
  const [importer, store, artifacts] = await Promise.all([
    import('@tidemill/importer'),
    import('@tidemill/store-postgres'),
    import('@tidemill/artifacts'),
  ])
  const progress = createImportProgress(context.stderr)
  const findings = importer.createFindings(({ where, message }) => progress.note(`${where} ${message}`))
  const source = stack.use(
    await importer.openSource({
      uri: sourceUri,
      workingDirectory: context.workingDirectory,
      report: findings.report,
      ...(options.sourceArtifacts === undefined ? {} : { sourceArtifacts: options.sourceArtifacts }),
    }),
  )
  await lockServerDirectories(config, stack)
  const database = stack.use(
    await withStoreFailures(config.store, () => store.openDatabase({ backendStoreUri: config.store.uri })),
  )
  const artifactStore: ArtifactStore | undefined =
    options.artifacts === 'keep'
      ? undefined
      : artifacts.createArtifactStore(config.artifactsDestination, {
          s3: artifacts.readS3Settings(config.artifactVariables),
        })
  const report = await importer.importStore({
    source,
    target: store.createImportTarget(database),
    conflictRule: options.onConflict,
    mode,
    workers,
    findings,
    onProgress: progress.update,
    ...(artifactStore === undefined ? {} : { artifactStore }),
    ...(experimentIds === undefined ? {} : { experimentIds }),
  })
  progress.end()
  if (options.report !== undefined) {
    await writeFile(resolve(context.workingDirectory, options.report), `${JSON.stringify(report, undefined, 2)}\n`)
  }
  writeLine(context.stdout, formatImportReport(report))
  return report.verification?.isEqual === false ? EXIT_CODES.failure : EXIT_CODES.success
}

const toMode = ({ dryRun, verifyOnly }: ImportCommandOptions): ImportOptions['mode'] => {
  if (dryRun === true && verifyOnly === true) throw new CliError('--dry-run and --verify-only exclude each other.')
  return dryRun === true ? 'dry-run' : verifyOnly === true ? 'verify' : 'write'
}

const parseWorkers = (text: string): number => {
  const workers = /^\d{1,2}$/.test(text) ? Number(text) : 0
  if (workers < 1 || workers > 64) throw new CliError(`--workers is '${text}'. Give a number from 1 to 64.`)
  return workers
}

const parseExperimentIds = (text: string | undefined): ReadonlySet<string> | undefined => {
  if (text === undefined) return undefined
  const ids = text.split(',').map((id) => id.trim())
  const wrong = ids.find((id) => !/^\d{1,19}$/.test(id))
  if (wrong !== undefined) throw new CliError(`--experiment-ids has '${wrong}', which is no experiment's id.`)
  return new Set(ids)
}
