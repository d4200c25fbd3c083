import type { z } from 'zod'
import type { LogBatchRequest, LogMetricRequest, LogParamRequest } from './wire.ts'

/**
 * Decoders of the messages that clients send most. Each answers what the schema of the same name answers, or undefined
 * for a message that is not plain (a null, a number as text, an old or unknown field, anything wrong): the schema then
 * decides. A schema takes milliseconds for a thousand metrics, these take a fiftieth of that.
 */
export type PlainDecoder<Schema extends z.ZodType> = (message: unknown) => z.output<Schema> | undefined

type Fields = Readonly<Record<string, unknown>>
type MetricMessage = z.output<typeof LogBatchRequest>['metrics'][number]
type KeyValue = z.output<typeof LogBatchRequest>['params'][number]

export const decodePlainLogBatch: PlainDecoder<typeof LogBatchRequest> = (message) => {
  if (!isFields(message) || !isFilledText(message['run_id'])) return undefined
  const { run_id, metrics: givenMetrics, params: givenParams, tags: givenTags } = message
  const metrics = decodeList(givenMetrics, (metric) => decodeMetric(metric, 0))
  const params = decodeList(givenParams, (param) => decodeKeyValue(param, 0))
  const tags = decodeList(givenTags, (tag) => decodeKeyValue(tag, 0))
  if (metrics === undefined || params === undefined || tags === undefined) return undefined
  const known = 1 + countPresent(givenMetrics) + countPresent(givenParams) + countPresent(givenTags)
  return countFields(message) === known ? { run_id, metrics, params, tags } : undefined
}

export const decodePlainLogMetric: PlainDecoder<typeof LogMetricRequest> = (message) => {
  if (!isFields(message) || !isFilledText(message['run_id'])) return undefined
  const metric = decodeMetric(message, 1)
  return metric === undefined ? undefined : { run_id: message['run_id'], ...metric }
}

/** Of log-parameter and set-tag, which have the same fields. */
export const decodePlainKeyValue: PlainDecoder<typeof LogParamRequest> = (message) => {
  if (!isFields(message) || !isFilledText(message['run_id'])) return undefined
  const pair = decodeKeyValue(message, 1)
  return pair === undefined ? undefined : { run_id: message['run_id'], ...pair }
}

/** `others`: fields that the message has beside those of the metric. */
const decodeMetric = (message: unknown, others: number): MetricMessage | undefined => {
  if (!isFields(message)) return undefined
  const { key, value, model_id, dataset_name, dataset_digest } = message
  const timestamp = decodeInteger(message['timestamp'])
  const step = message['step'] === undefined ? 0 : decodeInteger(message['step'])
  if (!isFilledText(key) || !isFiniteNumber(value) || timestamp === undefined || step === undefined) return undefined
  const known = others + (message['step'] === undefined ? 3 : 4)
  if (model_id === undefined && dataset_name === undefined && dataset_digest === undefined) {
    return countFields(message) === known ? { key, value, timestamp, step } : undefined
  }
  if (!isOptionalText(model_id) || !isOptionalText(dataset_name) || !isOptionalText(dataset_digest)) return undefined
  const origins = countPresent(model_id) + countPresent(dataset_name) + countPresent(dataset_digest)
  if (countFields(message) !== known + origins) return undefined
  return {
    key,
    value,
    timestamp,
    step,
    ...(model_id === undefined ? {} : { model_id }),
    ...(dataset_name === undefined ? {} : { dataset_name }),
    ...(dataset_digest === undefined ? {} : { dataset_digest }),
  }
}

const decodeKeyValue = (message: unknown, others: number): KeyValue | undefined => {
  if (!isFields(message)) return undefined
  const { key, value } = message
  if (!isFilledText(key) || typeof value !== 'string') return undefined
  return countFields(message) === others + 2 ? { key, value } : undefined
}

const decodeList = <Item>(list: unknown, decode: (item: unknown) => Item | undefined): Item[] | undefined => {
  if (list === undefined) return []
  if (!Array.isArray(list)) return undefined
  const items: Item[] = []
  for (const each of list) {
    const item = decode(each)
    if (item === undefined) return undefined
    items.push(item)
  }
  return items
}

const INTEGER_TEXT = /^-?\d{1,16}$/

/** Java's protobuf writes an int64 as text. */
const decodeInteger = (value: unknown): number | undefined => {
  const number = typeof value === 'string' && INTEGER_TEXT.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** An unknown field may be nested too deeply, so that a message with one is not plain. */
const countFields = (message: Fields): number => {
  let count = 0
  for (const _ in message) count++
  return count
}

const countPresent = (value: unknown): number => (value === undefined ? 0 : 1)

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const isFilledText = (value: unknown): value is string => typeof value === 'string' && value !== ''

const isOptionalText = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string'

const isFiniteNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
