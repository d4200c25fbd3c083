import { MODEL_STAGES, type ModelStage, type ModelVersion } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'

const MAX_VERSION = 2_147_483_647

/** A version that is not deleted, with its tags as pairs of key and value and its aliases, both sorted. */
export interface ModelVersionRow {
  readonly name: string
  readonly version: number
  readonly stage: ModelStage
  readonly description: string
  readonly source: string
  readonly storage_location: string
  readonly run_id: string | null
  readonly run_link: string | null
  readonly user_id: string | null
  readonly creation_time: number
  readonly last_update_time: number
  readonly tags: readonly (readonly [string, string])[] | null
  readonly aliases: readonly string[] | null
}

/** Columns of `ModelVersionRow` over `registered_model` and its `model_version`. */
export const modelVersionColumns: RawBuilder<unknown> = sql`
  registered_model.name, model_version.version, model_version.stage, model_version.description, model_version.source,
  model_version.storage_location, model_version.run_id, model_version.run_link, model_version.user_id,
  model_version.creation_time, model_version.last_update_time,
  (select json_agg(json_build_array(key, value) order by key collate "C") from model_version_tag
    where model_version_tag.model_version_id = model_version.id) as tags,
  (select json_agg(alias order by alias collate "C") from registered_model_alias
    where registered_model_alias.model_id = model_version.model_id
      and registered_model_alias.version = model_version.version) as aliases`

/** Deleted versions keep their row, so that their numbers are not given again. */
export const isLiveVersion: RawBuilder<unknown> = sql`model_version.stage <> 'Deleted_Internal'`

/** No version has the number 0, so a number that the column cannot hold finds nothing. */
export const hasNumber = (version: number): RawBuilder<unknown> =>
  sql`model_version.version = ${version > 0 && version <= MAX_VERSION ? version : 0}::int`

/**
 * The highest version of each stage of `registered_model`, as `model_version` with `stage_position`: one probe of the
 * index for each stage, however many versions there are.
 */
export const latestOfStages = (stages: readonly ModelStage[]): RawBuilder<unknown> => sql`
  unnest(${MODEL_STAGES.filter((stage) => stages.includes(stage))}::text[]) with ordinality as wanted (stage, stage_position)
  cross join lateral (
    select * from model_version
    where model_version.model_id = registered_model.id and model_version.stage = wanted.stage
    order by model_version.version desc limit 1
  ) as model_version`

export const toModelVersion = (row: ModelVersionRow): ModelVersion => ({
  name: row.name,
  version: row.version,
  stage: row.stage,
  description: row.description,
  source: row.source,
  storageLocation: row.storage_location,
  runId: row.run_id ?? '',
  runLink: row.run_link ?? '',
  ...(row.user_id === null ? {} : { userId: row.user_id }),
  tags: (row.tags ?? []).map(([key, value]) => ({ key, value })),
  aliases: row.aliases ?? [],
  creationTime: row.creation_time,
  lastUpdateTime: row.last_update_time,
})
