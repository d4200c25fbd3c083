import { lastOfEachKey, type RunBatch } from '@tidemill/core'
import { type EntityKeys, keyIdsOf } from '../queries/entity-key.ts'
import type { KeyedBatch } from './batch-arrays.ts'

/** Points of one merged batch, which become one chunk. */
const MAX_MERGED_METRICS = 4096

/** The batch with the ids of its keys; of several tags with one key the last one stays. */
export const toKeyedBatch = async (keys: EntityKeys, runId: string, batch: RunBatch): Promise<KeyedBatch> => {
  const { metrics, params } = batch
  const tags = lastOfEachKey(batch.tags)
  return {
    runId,
    metrics,
    metricKeys: await keyIdsOf(keys, metrics),
    params,
    paramKeys: await keyIdsOf(keys, params),
    tags,
    tagKeys: await keyIdsOf(keys, tags),
  }
}

/**
 * As many of a run's batches, from the first, as can be written as one: the result is that of writing them one after
 * the other. Batches that disagree about a param do not go together.
 */
export const mergeBatches = (batches: readonly [KeyedBatch, ...KeyedBatch[]]): { batch: KeyedBatch; count: number } => {
  const [first, ...others] = batches
  if (others.length === 0) return { batch: first, count: 1 }
  const params = new Map<number, KeyedBatch['params'][number]>()
  const tags = new Map<number, KeyedBatch['tags'][number]>()
  const metrics: KeyedBatch['metrics'][number][] = []
  const metricKeys: number[] = []
  let count = 0
  for (const batch of batches) {
    const disagrees = batch.params.some((param, index) => {
      const before = params.get(batch.paramKeys[index] ?? 0)
      return before !== undefined && before.value !== param.value
    })
    if (disagrees || (count > 0 && metrics.length + batch.metrics.length > MAX_MERGED_METRICS)) break
    for (const metric of batch.metrics) metrics.push(metric)
    for (const key of batch.metricKeys) metricKeys.push(key)
    for (const [index, param] of batch.params.entries()) params.set(batch.paramKeys[index] ?? 0, param)
    for (const [index, tag] of batch.tags.entries()) tags.set(batch.tagKeys[index] ?? 0, tag)
    count++
  }
  return {
    count,
    batch: {
      runId: first.runId,
      metrics,
      metricKeys,
      params: [...params.values()],
      paramKeys: [...params.keys()],
      tags: [...tags.values()],
      tagKeys: [...tags.keys()],
    },
  }
}
