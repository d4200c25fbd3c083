import { InvalidParameterValueError } from '../errors.ts'
import { invalidValue, isKnownKey, validateKey, validateLength, validateStorable } from './key-rules.ts'
import { toPythonList } from './python-text.ts'
import type { Metric, Param, RunBatch, Tag } from './run.ts'

const MAX_METRICS = 1000
const MAX_PARAMS = 100
const MAX_TAGS = 100
const MAX_ITEMS = 1000
/** Of a model's id, and of a dataset's name and digest. */
const MAX_ORIGIN_LENGTH = 500

/**
 * Checks a whole batch, in MLflow's order: every value, then the limits, then duplicate params.
 * Throws InvalidParameterValueError with MLflow's texts.
 */
export const validateRunBatch = (batch: RunBatch): void => {
  // The path of a metric that passes is not worth making: there are a thousand of them.
  for (const [index, metric] of batch.metrics.entries()) {
    if (!isPlainMetric(metric)) validateMetric(metric, `metrics[${index}]`)
  }
  for (const [index, param] of batch.params.entries()) validateParam(param, `params[${index}]`)
  for (const [index, tag] of batch.tags.entries()) validateTag(tag, `tags[${index}]`)
  validateCount(batch.metrics.length, MAX_METRICS, 'metrics')
  validateCount(batch.params.length, MAX_PARAMS, 'params')
  validateCount(batch.tags.length, MAX_TAGS, 'tags')
  validateCount(batch.metrics.length + batch.params.length + batch.tags.length, MAX_ITEMS, 'metrics, params, and tags')
  validateDistinctParams(batch.params)
}

const isPlainMetric = ({ key, timestamp, step, modelId, datasetName, datasetDigest }: Metric): boolean =>
  isKnownKey(key) &&
  modelId === undefined &&
  datasetName === undefined &&
  datasetDigest === undefined &&
  Number.isSafeInteger(timestamp) &&
  timestamp >= 0 &&
  Number.isSafeInteger(step)

/** Throws InvalidParameterValueError. `path` is the metric's place in the request, as `metrics[0]`; absent at the top level. */
export const validateMetric = (metric: Metric, path?: string): void => {
  validateKey(metric.key, at(path, 'name'), 'Metric name')
  if (!Number.isSafeInteger(metric.timestamp) || metric.timestamp < 0) {
    throw invalidValue(
      metric.timestamp,
      at(path, 'timestamp'),
      'Timestamp must be a nonnegative long (64-bit integer), at most 2^53 - 1',
    )
  }
  if (!Number.isSafeInteger(metric.step)) {
    throw invalidValue(metric.step, at(path, 'step'), 'Step must be a long (64-bit integer) within ±(2^53 - 1)')
  }
  validateOrigin(metric, path)
}

const validateOrigin = ({ modelId = '', datasetName, datasetDigest }: Metric, path?: string): void => {
  if ((datasetName === undefined) !== (datasetDigest === undefined)) {
    throw new InvalidParameterValueError(
      `${at(path, 'dataset_name')} and ${at(path, 'dataset_digest')} are given together or not at all: name the dataset with both, or leave both out.`,
    )
  }
  const texts = { model_id: modelId, dataset_name: datasetName ?? '', dataset_digest: datasetDigest ?? '' }
  for (const [field, value] of Object.entries(texts)) {
    validateStorable(value, at(path, field))
    validateLength(value, MAX_ORIGIN_LENGTH, at(path, field))
  }
}

/** Throws InvalidParameterValueError. */
export const validateParam = (param: Param, path?: string): void => {
  validateKey(param.key, at(path, 'key'), 'Param key')
  validateStorable(param.value, at(path, 'value'))
}

/** A run's tag. Throws InvalidParameterValueError. */
export const validateTag = (tag: Tag, path?: string): void => {
  validateKey(tag.key, at(path, 'key'), at(path, 'key'))
  validateStorable(tag.value, at(path, 'value'))
}

const at = (path: string | undefined, field: string): string => (path === undefined ? field : `${path}.${field}`)

const validateCount = (count: number, max: number, what: string): void => {
  if (count > max) {
    throw new InvalidParameterValueError(
      `A batch logging request can contain at most ${max} ${what}. Got ${count} ${what}. Please split up ${what} across multiple requests and try again.`,
    )
  }
}

const validateDistinctParams = (params: readonly Param[]): void => {
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  for (const { key } of params) {
    if (seen.has(key)) duplicates.add(key)
    seen.add(key)
  }
  if (duplicates.size > 0) {
    throw new InvalidParameterValueError(
      `Duplicate parameter keys have been submitted: ${toPythonList([...duplicates])}. Please ensure the request contains only one param value per param key.`,
    )
  }
}
