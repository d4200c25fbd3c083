import { z } from 'zod'
import { Int64, protoEnum, RequiredId, RequiredString, TagWire } from '../wire/scalars.ts'
import type { Experiment } from './experiment.ts'

export const ViewTypeWire = protoEnum({ ACTIVE_ONLY: 1, DELETED_ONLY: 2, ALL: 3 })

export const CreateExperimentRequest = z.object({
  name: RequiredString,
  artifact_location: z.string().optional(),
  tags: z.array(TagWire).optional(),
})
export const CreateExperimentResponse = z.object({ experiment_id: z.string() })

export const ExperimentReference = z.object({ experiment_id: RequiredId })
export const GetExperimentByNameRequest = z.object({ experiment_name: RequiredString })

export const SearchExperimentsRequest = z.object({
  max_results: Int64.default(1000),
  page_token: z.string().max(16_384).default(''),
  filter: z.string().default(''),
  order_by: z.array(z.string()).default([]),
  view_type: ViewTypeWire.default('ACTIVE_ONLY'),
})

export const UpdateExperimentRequest = z.object({ experiment_id: RequiredId, new_name: RequiredString })
export const SetExperimentTagRequest = z.object({
  experiment_id: RequiredId,
  key: RequiredString,
  value: z.string().default(''),
})
export const DeleteExperimentTagRequest = z.object({ experiment_id: RequiredId, key: RequiredString })

export const ExperimentWire = z.object({
  experiment_id: z.string(),
  name: z.string(),
  artifact_location: z.string(),
  lifecycle_stage: z.enum(['active', 'deleted']),
  creation_time: z.number().int(),
  last_update_time: z.number().int(),
  tags: z.array(z.object({ key: z.string(), value: z.string() })),
})
export type ExperimentWire = z.infer<typeof ExperimentWire>

export const ExperimentResponse = z.object({ experiment: ExperimentWire })
export const SearchExperimentsResponse = z.object({
  experiments: z.array(ExperimentWire),
  next_page_token: z.string().optional(),
})

export const toExperimentWire = (experiment: Experiment): ExperimentWire => ({
  experiment_id: experiment.experimentId,
  name: experiment.name,
  artifact_location: experiment.artifactLocation,
  lifecycle_stage: experiment.lifecycleStage,
  creation_time: experiment.creationTime,
  last_update_time: experiment.lastUpdateTime,
  tags: experiment.tags.map(({ key, value }) => ({ key, value })),
})
