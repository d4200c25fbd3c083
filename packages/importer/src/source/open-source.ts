import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { InvalidParameterValueError } from '@tidemill/core'
import { openLocalFolder, toLocalPath } from '../artifacts/local-folder.ts'
import { createDatabaseSource } from '../database/database-source.ts'
import { openPostgres } from '../database/postgres-reader.ts'
import { openSqlite } from '../database/sqlite-reader.ts'
import { withKnownColumns } from '../database/sql-reader.ts'
import { openFileStore } from '../file-store/file-store-source.ts'
import { createRestClient } from '../server/rest-client.ts'
import { openProxiedFolder, toProxiedPath } from '../server/server-folder.ts'
import { createServerSource } from '../server/server-source.ts'
import type { ArtifactOwner, ImportSource, ReportFinding } from './import-source.ts'

export interface SourceOptions {
  /** A folder, `sqlite:///…`, `postgresql://…` or `http(s)://…`. */
  readonly uri: string
  /** For relative paths. */
  readonly workingDirectory: string
  /**
   * Where the files of `mlflow-artifacts:` URIs are, the `--artifacts-destination` of the server that kept them: a
   * folder, or the URL of a server that still runs. Files at paths of this machine are only read below it, or below
   * the source's own folder.
   */
  readonly sourceArtifacts?: string
  readonly report: ReportFinding
}

/** Throws InvalidParameterValueError for what is no source. */
export const openSource = async (options: SourceOptions): Promise<ImportSource> => {
  const { uri, workingDirectory, report } = options
  if (/^https?:\/\//i.test(uri)) return createServerSource(createRestClient(uri), report)
  const artifactRoots = toArtifactRoots(options)
  if (/^sqlite:/i.test(uri)) {
    const file = toSqliteFile(uri, workingDirectory)
    return createDatabaseSource(withKnownColumns(await openSqlite(file)), {
      description: `SQLite database ${file}`,
      report,
      findArtifacts: artifactFinder(options, [dirname(file), ...artifactRoots], dirname(file)),
    })
  }
  if (/^postgres(ql)?(\+\w+)?:\/\//.test(uri)) {
    return createDatabaseSource(withKnownColumns(await openPostgres(uri)), {
      description: `Postgres database ${withoutCredentials(uri)}`,
      report,
      findArtifacts: artifactFinder(options, artifactRoots, workingDirectory),
    })
  }
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(uri)?.[1]?.toLowerCase()
  if (scheme !== undefined && scheme !== 'file') {
    throw new InvalidParameterValueError(
      `'${withoutCredentials(uri)}' is no source of an import. Give an mlruns folder, sqlite:///file, postgresql://… or http(s)://….`,
    )
  }
  const directory = toLocalPath(uri, workingDirectory) ?? resolve(workingDirectory, uri)
  return openFileStore(directory, { artifactRoots, report })
}

/** SQLAlchemy's: three slashes and a relative path, four and an absolute one. */
const toSqliteFile = (uri: string, workingDirectory: string): string => {
  const path = /^sqlite:\/\/\/([^?]+)/i.exec(uri)?.[1]
  if (path === undefined) {
    throw new InvalidParameterValueError(
      `'${uri}' names no file. Give sqlite:///relative/path.db or sqlite:////absolute/path.db.`,
    )
  }
  return resolve(workingDirectory, path)
}

const toArtifactRoots = ({ sourceArtifacts, workingDirectory }: SourceOptions): readonly string[] =>
  sourceArtifacts === undefined || /^https?:/i.test(sourceArtifacts)
    ? []
    : [toDirectory(sourceArtifacts, workingDirectory)]

const toDirectory = (text: string, workingDirectory: string): string =>
  /^file:\/\/\//i.test(text) ? fileURLToPath(text) : resolve(workingDirectory, text)

const artifactFinder = (
  options: SourceOptions,
  roots: readonly string[],
  base: string,
): ImportSource['findArtifacts'] => {
  const { sourceArtifacts, workingDirectory, report } = options
  const client =
    sourceArtifacts !== undefined && /^https?:/i.test(sourceArtifacts) ? createRestClient(sourceArtifacts) : undefined
  return async ({ uri }: ArtifactOwner) => {
    const proxied = toProxiedPath(uri)
    if (proxied === undefined) {
      const path = toLocalPath(uri, base)
      return path === undefined ? undefined : openLocalFolder(path, roots, report)
    }
    if (client !== undefined) return openProxiedFolder(client, proxied)
    if (sourceArtifacts === undefined) return undefined
    const root = toDirectory(sourceArtifacts, workingDirectory)
    return openLocalFolder(resolve(root, proxied), [root], report)
  }
}

/** `scheme://user:***@host` */
const withoutCredentials = (uri: string): string =>
  uri.replace(/(:\/\/[^:/@]*):.*@/s, '$1:***@').replace(/([?&]password=)[^&]*/i, '$1***')
