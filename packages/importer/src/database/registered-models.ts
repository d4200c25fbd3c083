import type { ImportedModelVersion, ImportedRegisteredModel } from '@tidemill/core'
import { distinct, toModelVersion, UnreadableError } from '../source/entities.ts'
import { type Fields, findInteger, textOf } from '../source/fields.ts'
import type { ReportFinding } from '../source/import-source.ts'
import { toTag } from './rows.ts'
import type { SqlReader } from './sql-reader.ts'

const OPTIONAL_VERSION_COLUMNS = ['user_id', 'status_message', 'run_link', 'storage_location']

/** A model at a time, with its versions. */
export async function* readRegisteredModels(
  reader: SqlReader,
  report: ReportFinding,
): AsyncGenerator<ImportedRegisteredModel> {
  if ((await reader.columnsOf('registered_models')).size === 0) return
  const models = await reader.all(
    'select name, description, creation_time, last_updated_time from registered_models order by name',
    [],
  )
  const versionColumns = await reader.columnsOf('model_versions')
  const optional = OPTIONAL_VERSION_COLUMNS.filter((column) => versionColumns.has(column))
  const hasAliases = (await reader.columnsOf('registered_model_aliases')).size > 0
  for (const model of models) {
    const name = textOf(model.name)
    const rows = await reader.all(
      `select ${['version', 'creation_time as creation_timestamp', 'last_updated_time as last_updated_timestamp', 'description', 'current_stage', 'source', 'run_id', ...optional].join(', ')}
      from model_versions where name = ? order by version`,
      [name],
    )
    const aliases = hasAliases
      ? await reader.all('select alias, version from registered_model_aliases where name = ? order by alias', [name])
      : []
    try {
      const versions = toVersions(rows, await readVersionTags(reader, name))
      const numbers = new Set(versions.map(({ version }) => version))
      const creationTime = findInteger(model.creation_time) ?? 0
      yield {
        name,
        description: textOf(model.description),
        tags: distinct(
          (
            await reader.all('select "key", "value" from registered_model_tags where name = ? order by "key"', [name])
          ).map(toTag),
        ),
        aliases: aliases
          .map(({ alias, version }) => ({ alias: textOf(alias), version: findInteger(version) ?? 0 }))
          .filter(({ version }) => numbers.has(version)),
        versions,
        lastVersion: rows.reduce((highest, { version }) => Math.max(highest, findInteger(version) ?? 0), 0),
        creationTime,
        lastUpdateTime: findInteger(model.last_updated_time) ?? creationTime,
      }
    } catch (error) {
      if (!(error instanceof UnreadableError)) throw error
      report({ where: `registered model '${name}'`, message: error.message })
    }
  }
}

const toVersions = (
  rows: readonly Fields[],
  tags: ReadonlyMap<number, readonly Fields[]>,
): readonly ImportedModelVersion[] =>
  rows
    .map((row) => toModelVersion(row, (tags.get(findInteger(row.version) ?? 0) ?? []).map(toTag)))
    .filter((version) => version !== undefined)

const readVersionTags = async (reader: SqlReader, name: string): Promise<ReadonlyMap<number, readonly Fields[]>> =>
  Map.groupBy(
    await reader.all('select version, "key", "value" from model_version_tags where name = ? order by version, "key"', [
      name,
    ]),
    ({ version }) => findInteger(version) ?? 0,
  )
