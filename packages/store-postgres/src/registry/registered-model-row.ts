import { IS_PROMPT_TAG, MODEL_STAGES, type RegisteredModel } from '@tidemill/core'
import { type RawBuilder, sql } from 'kysely'
import { latestOfStages, modelVersionColumns, type ModelVersionRow, toModelVersion } from './model-version-row.ts'

/** A registered model with all that belongs to it; tags as pairs of key and value, aliases of alias and version. */
export interface RegisteredModelRow {
  readonly name: string
  readonly description: string
  readonly creation_time: number
  readonly last_update_time: number
  readonly tags: readonly (readonly [string, string])[] | null
  readonly aliases: readonly (readonly [string, number])[] | null
  readonly latest: readonly ModelVersionRow[] | null
}

/** Columns of `RegisteredModelRow` over the table or alias `registered_model`: one statement reads a page whole. */
export const registeredModelColumns: RawBuilder<unknown> = sql`
  registered_model.name, registered_model.description, registered_model.creation_time,
  registered_model.last_update_time,
  (select json_agg(json_build_array(key, value) order by key collate "C") from registered_model_tag
    where registered_model_tag.model_id = registered_model.id) as tags,
  (select json_agg(json_build_array(alias, version) order by alias collate "C") from registered_model_alias
    where registered_model_alias.model_id = registered_model.id) as aliases,
  (select json_agg(latest order by latest.stage_position) from (
    select ${modelVersionColumns}, wanted.stage_position from ${latestOfStages(MODEL_STAGES)}) as latest) as latest`

/** True for a `registered_model` that is a prompt. */
export const isPromptModel: RawBuilder<boolean> = sql`exists (
  select from registered_model_tag as mark
  where mark.model_id = registered_model.id and mark.key = ${IS_PROMPT_TAG} and lower(mark.value) = 'true')`

export const toRegisteredModel = (row: RegisteredModelRow): RegisteredModel => ({
  name: row.name,
  description: row.description,
  tags: (row.tags ?? []).map(([key, value]) => ({ key, value })),
  aliases: (row.aliases ?? []).map(([alias, version]) => ({ alias, version })),
  latestVersions: (row.latest ?? []).map(toModelVersion),
  creationTime: row.creation_time,
  lastUpdateTime: row.last_update_time,
})
