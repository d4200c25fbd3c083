import { InvalidParameterValueError } from '../errors.ts'
import { validateLength, validateStorable } from '../run/key-rules.ts'
import type { Dataset, DatasetInput, Tag } from '../run/run.ts'
import type { DatasetInputMessage } from './wire.ts'

/** The input tag that says what the dataset was used for: `train`, `eval`. */
export const DATASET_CONTEXT_TAG = 'mlflow.data.context'

const MAX_NAME_LENGTH = 500
const MAX_DIGEST_LENGTH = 36
const MAX_SOURCE_TYPE_LENGTH = 36
const MAX_SOURCE_LENGTH = 65_535
const MAX_SCHEMA_LENGTH = 1_048_575
const MAX_PROFILE_LENGTH = 16_777_215
const MAX_TAG_KEY_LENGTH = 255
const MAX_TAG_VALUE_LENGTH = 500
const MAX_MODEL_ID_LENGTH = 255
const MAX_SEARCHED_EXPERIMENTS = 20

/** Throws InvalidParameterValueError with MLflow's texts for what is missing or too long. */
export const toDatasetInput = ({ dataset, tags }: DatasetInputMessage): DatasetInput => {
  if (dataset === undefined) throw new InvalidParameterValueError('Dataset cannot be None')
  return { dataset: toDataset(dataset), tags: tags.map(toInputTag) }
}

/** Throws InvalidParameterValueError. Whether the model exists is not looked at (spec/rest-api.md §3.7). */
export const validateModelId = (modelId: string): void => {
  validateText(modelId, MAX_MODEL_ID_LENGTH, 'model_id')
}

/** Throws InvalidParameterValueError with MLflow's texts unless there are from 1 to 20. */
export const validateSearchedExperiments = (experimentIds: readonly string[]): void => {
  if (experimentIds.length === 0) {
    throw new InvalidParameterValueError('SearchDatasets request must specify at least one experiment_id.')
  }
  if (experimentIds.length > MAX_SEARCHED_EXPERIMENTS) {
    throw new InvalidParameterValueError(
      `SearchDatasets request cannot specify more than ${MAX_SEARCHED_EXPERIMENTS} experiment_ids. Received ${experimentIds.length} experiment_ids.`,
    )
  }
}

const toDataset = (message: NonNullable<DatasetInputMessage['dataset']>): Dataset => {
  const { name, digest, source_type: sourceType, source, schema, profile } = message
  if (name === undefined) throw missing('name')
  if (digest === undefined) throw missing('digest')
  if (sourceType === undefined) throw missing('source_type')
  if (source === undefined) throw missing('source')
  validateText(name, MAX_NAME_LENGTH, 'name')
  validateText(digest, MAX_DIGEST_LENGTH, 'digest')
  validateText(source, MAX_SOURCE_LENGTH, 'source')
  validateText(schema ?? '', MAX_SCHEMA_LENGTH, 'schema')
  validateText(profile ?? '', MAX_PROFILE_LENGTH, 'profile')
  validateText(sourceType, MAX_SOURCE_TYPE_LENGTH, 'source_type')
  return {
    name,
    digest,
    sourceType,
    source,
    ...(schema === undefined ? {} : { schema }),
    ...(profile === undefined ? {} : { profile }),
  }
}

const toInputTag = ({ key, value }: DatasetInputMessage['tags'][number]): Tag => {
  if (key === undefined) throw new InvalidParameterValueError('InputTag key cannot be None')
  validateText(key, MAX_TAG_KEY_LENGTH, 'key')
  validateText(value, MAX_TAG_VALUE_LENGTH, 'value')
  return { key, value }
}

const missing = (field: string): InvalidParameterValueError =>
  new InvalidParameterValueError(`Dataset ${field} cannot be None`)

const validateText = (text: string, max: number, field: string): void => {
  validateLength(text, max, field)
  validateStorable(text, field)
}
