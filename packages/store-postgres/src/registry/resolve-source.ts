import {
  type ModelUri,
  type NewModelVersion,
  notOfSameRun,
  notOwner,
  parseModelVersion,
  parseModelStage,
  parseVersionSource,
  promptAsSource,
  validateLocalSource,
  type ModelStage,
  MODEL_STAGES,
} from '@tidemill/core'
import { type Kysely, sql } from 'kysely'
import type { Database } from '../tables/database.ts'
import { hasNumber, isLiveVersion, latestOfStages } from './model-version-row.ts'
import { isPromptModel } from './registered-model-row.ts'
import { noAlias, noLoggedModel, noModelVersion, noRegisteredModel, noVersionOfStage } from './refusals.ts'

/** A new version as it is stored. */
export interface ResolvedVersion extends NewModelVersion {
  readonly storageLocation: string
  /** Row id of the logged model that it is made from. */
  readonly loggedModelKey?: number
}

/**
 * Checks the source and finds where its files are (spec/rest-api.md §5.5). A source that names another version stands
 * for the files of that version, for good: deleting that one later changes nothing.
 */
export const resolveVersionSource = async (
  db: Kysely<Database>,
  version: NewModelVersion,
  sourcePattern: RegExp | undefined,
): Promise<ResolvedVersion> => {
  const { source, modelId = '' } = version
  const parsed = parseVersionSource(version, sourcePattern)
  if (parsed.kind === 'prompt') return { ...version, storageLocation: source }
  const model = modelId === '' ? undefined : await findLoggedModel(db, modelId)
  if (modelId !== '' && model === undefined) {
    throw parsed.kind === 'local' ? notOwner(source, 'model_id') : noLoggedModel(modelId)
  }
  const made = {
    ...version,
    runId: version.runId === '' ? (model?.source_run_id ?? '') : version.runId,
    storageLocation: source,
    ...(model === undefined ? {} : { loggedModelKey: model.id }),
  }
  if (parsed.kind === 'local') {
    if (model === undefined) validateLocalSource(source, await getRunRoot(db, version), 'run_id')
    else validateLocalSource(source, model.artifact_uri, 'model_id')
  }
  if (parsed.kind !== 'model') return made
  if (parsed.uri.kind === 'logged_model') return { ...made, storageLocation: model?.artifact_uri ?? source }
  return copyOf(made, parsed.uri, await getReferencedVersion(db, parsed.uri))
}

/** Where the files of what the URI names are. Throws ResourceDoesNotExistError. */
export const getModelLocation = async (db: Kysely<Database>, uri: ModelUri): Promise<string> => {
  if (uri.kind !== 'logged_model') return (await getReferencedVersion(db, uri)).storage_location
  const model = await findLoggedModel(db, uri.modelId)
  if (model === undefined) throw noLoggedModel(uri.modelId)
  return model.artifact_uri
}

type VersionUri = Exclude<ModelUri, { readonly kind: 'logged_model' }>

interface ReferencedVersion {
  readonly name: string
  readonly version: number
  readonly storage_location: string
  readonly run_id: string | null
  readonly is_prompt: boolean
}

const copyOf = (made: ResolvedVersion, uri: VersionUri, original: ReferencedVersion): ResolvedVersion => {
  if (original.is_prompt) throw promptAsSource(made.source)
  const runId = original.run_id ?? ''
  if (made.runId !== '' && made.runId !== runId) throw notOfSameRun(made.source)
  return {
    ...made,
    runId,
    storageLocation: original.storage_location,
    // A stage or an alias moves on: the copy remembers the version that it named.
    source: uri.kind === 'version' ? made.source : `models:/${original.name}/${original.version}`,
  }
}

const getReferencedVersion = async (db: Kysely<Database>, uri: VersionUri): Promise<ReferencedVersion> => {
  const columns = sql`registered_model.name, model_version.version, model_version.storage_location,
    model_version.run_id, ${isPromptModel} as is_prompt`
  const named = sql`registered_model.name = ${uri.name}`
  switch (uri.kind) {
    case 'version': {
      const version = parseModelVersion(uri.version)
      const { rows } = await sql<ReferencedVersion>`
        select ${columns} from registered_model join model_version on model_version.model_id = registered_model.id
        where ${named} and ${hasNumber(version)} and ${isLiveVersion}`.execute(db)
      return rows[0] ?? (await refuse(db, uri.name, noModelVersion(uri.name, version)))
    }
    case 'alias': {
      const { rows } = await sql<ReferencedVersion>`
        select ${columns} from registered_model
        join registered_model_alias on registered_model_alias.model_id = registered_model.id
        join model_version on model_version.model_id = registered_model.id
          and model_version.version = registered_model_alias.version
        where ${named} and registered_model_alias.alias = ${uri.alias}`.execute(db)
      return rows[0] ?? (await refuse(db, uri.name, noAlias(uri.alias)))
    }
    case 'latest':
    case 'stage': {
      const stages: readonly ModelStage[] = uri.kind === 'latest' ? MODEL_STAGES : [parseModelStage(uri.stage)]
      const { rows } = await sql<ReferencedVersion>`
        select ${columns} from registered_model cross join ${latestOfStages(stages)}
        where ${named} order by model_version.version desc limit 1`.execute(db)
      const stage = uri.kind === 'stage' ? uri.stage : undefined
      return rows[0] ?? (await refuse(db, uri.name, noVersionOfStage(uri.name, stage)))
    }
  }
}

const refuse = async (db: Kysely<Database>, name: string, refusal: Error): Promise<never> => {
  const model = await db.selectFrom('registered_model').select('id').where('name', '=', name).executeTakeFirst()
  throw model === undefined ? noRegisteredModel(name) : refusal
}

const findLoggedModel = (db: Kysely<Database>, modelId: string) =>
  db
    .selectFrom('logged_model')
    .select(['id', 'artifact_uri', 'source_run_id'])
    .where('model_id', '=', modelId)
    .where('lifecycle_stage', '=', 'active')
    .executeTakeFirst()

const getRunRoot = async (db: Kysely<Database>, { source, runId }: NewModelVersion): Promise<string> => {
  const run = await db.selectFrom('run').select('artifact_uri').where('run_id', '=', runId).executeTakeFirst()
  if (run === undefined) throw notOwner(source, 'run_id')
  return run.artifact_uri
}
