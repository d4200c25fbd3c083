import { z } from 'zod'
import { Int64, RequiredString, TagWire } from '../wire/scalars.ts'
import { MODEL_STAGES, type ModelVersion, type RegisteredModel } from './registry.ts'

/** A number, or its text; what is no integer gets a message of its own (`parseModelVersion`). */
const VersionText = z.union([z.string(), z.number()]).transform(String).pipe(RequiredString)

export const CreateRegisteredModelRequest = z.object({
  name: RequiredString,
  tags: z.array(TagWire).default([]),
  description: z.string().default(''),
})
export const RegisteredModelReference = z.object({ name: RequiredString })
export const RenameRegisteredModelRequest = z.object({ name: RequiredString, new_name: RequiredString })
export const UpdateRegisteredModelRequest = z.object({ name: RequiredString, description: z.string().default('') })
export const SetRegisteredModelTagRequest = z.object({
  name: RequiredString,
  key: RequiredString,
  value: z.string().default(''),
})
export const DeleteRegisteredModelTagRequest = z.object({ name: RequiredString, key: RequiredString })
export const GetLatestVersionsRequest = z.object({ name: RequiredString, stages: z.array(z.string()).default([]) })
export const SetAliasRequest = z.object({ name: RequiredString, alias: RequiredString, version: VersionText })
export const AliasReference = z.object({ name: RequiredString, alias: RequiredString })

export const CreateModelVersionRequest = z.object({
  name: RequiredString,
  source: RequiredString,
  run_id: z.string().default(''),
  tags: z.array(TagWire).default([]),
  run_link: z.string().default(''),
  description: z.string().default(''),
  model_id: z.string().default(''),
})
export const ModelVersionReference = z.object({ name: RequiredString, version: VersionText })
export const UpdateModelVersionRequest = z.object({
  name: RequiredString,
  version: VersionText,
  description: z.string().default(''),
})
export const TransitionStageRequest = z.object({
  name: RequiredString,
  version: VersionText,
  stage: RequiredString,
  archive_existing_versions: z.boolean().default(false),
})
export const SetModelVersionTagRequest = z.object({
  name: RequiredString,
  version: VersionText,
  key: RequiredString,
  value: z.string().default(''),
})
export const DeleteModelVersionTagRequest = z.object({
  name: RequiredString,
  version: VersionText,
  key: RequiredString,
})

const searchRequest = (maxResults: number) =>
  z.object({
    filter: z.string().default(''),
    max_results: Int64.default(maxResults),
    order_by: z.array(z.string()).default([]),
    page_token: z.string().max(16_384).default(''),
  })
export const SearchRegisteredModelsRequest = searchRequest(100)
export const SearchModelVersionsRequest = searchRequest(200_000)

const KeyValueWire = z.object({ key: z.string(), value: z.string() })

/** Empty lists are absent, as MLflow answers. */
export const ModelVersionWire = z.object({
  name: z.string(),
  version: z.string(),
  creation_timestamp: z.number().int(),
  last_updated_timestamp: z.number().int(),
  user_id: z.string().optional(),
  current_stage: z.enum(MODEL_STAGES),
  description: z.string(),
  source: z.string(),
  run_id: z.string(),
  status: z.enum(['PENDING_REGISTRATION', 'FAILED_REGISTRATION', 'READY']),
  run_link: z.string(),
  tags: z.array(KeyValueWire).optional(),
  aliases: z.array(z.string()).optional(),
})
export type ModelVersionWire = z.infer<typeof ModelVersionWire>

/** Empty lists and an empty description are absent, as MLflow answers. */
export const RegisteredModelWire = z.object({
  name: z.string(),
  creation_timestamp: z.number().int(),
  last_updated_timestamp: z.number().int(),
  description: z.string().optional(),
  latest_versions: z.array(ModelVersionWire).optional(),
  tags: z.array(KeyValueWire).optional(),
  aliases: z.array(z.object({ alias: z.string(), version: z.string() })).optional(),
})
export type RegisteredModelWire = z.infer<typeof RegisteredModelWire>

export const RegisteredModelResponse = z.object({ registered_model: RegisteredModelWire })
export const SearchRegisteredModelsResponse = z.object({
  registered_models: z.array(RegisteredModelWire).optional(),
  next_page_token: z.string().optional(),
})
export const ModelVersionResponse = z.object({ model_version: ModelVersionWire })
export const ModelVersionsResponse = z.object({ model_versions: z.array(ModelVersionWire).optional() })
export const SearchModelVersionsResponse = ModelVersionsResponse.extend({ next_page_token: z.string().optional() })
export const DownloadUriResponse = z.object({ artifact_uri: z.string() })

export const toModelVersionWire = (version: ModelVersion): ModelVersionWire => ({
  name: version.name,
  version: String(version.version),
  creation_timestamp: version.creationTime,
  last_updated_timestamp: version.lastUpdateTime,
  ...(version.userId === undefined ? {} : { user_id: version.userId }),
  current_stage: version.stage,
  description: version.description,
  source: version.source,
  run_id: version.runId,
  status: 'READY',
  run_link: version.runLink,
  ...(version.tags.length === 0 ? {} : { tags: version.tags.map(({ key, value }) => ({ key, value })) }),
  ...(version.aliases.length === 0 ? {} : { aliases: [...version.aliases] }),
})

export const toModelVersionsWire = (versions: readonly ModelVersion[]): z.infer<typeof ModelVersionsResponse> =>
  versions.length === 0 ? {} : { model_versions: versions.map(toModelVersionWire) }

export const toRegisteredModelWire = (model: RegisteredModel): RegisteredModelWire => ({
  name: model.name,
  creation_timestamp: model.creationTime,
  last_updated_timestamp: model.lastUpdateTime,
  ...(model.description === '' ? {} : { description: model.description }),
  ...(model.latestVersions.length === 0 ? {} : { latest_versions: model.latestVersions.map(toModelVersionWire) }),
  ...(model.tags.length === 0 ? {} : { tags: model.tags.map(({ key, value }) => ({ key, value })) }),
  ...(model.aliases.length === 0
    ? {}
    : { aliases: model.aliases.map(({ alias, version }) => ({ alias, version: String(version) })) }),
})
