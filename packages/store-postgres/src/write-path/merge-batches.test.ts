import { describe, expect, test } from 'vitest'
import type { KeyedBatch } from './batch-arrays.ts'
import { mergeBatches } from './merge-batches.ts'

const aBatch = (batch: Partial<KeyedBatch>): KeyedBatch => ({
  runId: 'r',
  metrics: [],
  metricKeys: [],
  params: [],
  paramKeys: [],
  tags: [],
  tagKeys: [],
  ...batch,
})
const points = (count: number): Partial<KeyedBatch> => ({
  metrics: Array.from({ length: count }, (_, step) => ({ key: 'm', value: 1, timestamp: 0, step })),
  metricKeys: Array.from({ length: count }, () => 1),
})
const param = (value: string): Partial<KeyedBatch> => ({ params: [{ key: 'p', value }], paramKeys: [2] })
const tag = (value: string): Partial<KeyedBatch> => ({ tags: [{ key: 't', value }], tagKeys: [3] })

describe('mergeBatches', () => {
  test('points add up, equal params are one, the last value of a tag stays', () => {
    const merged = mergeBatches([
      aBatch({ ...points(2), ...param('1'), ...tag('old') }),
      aBatch({ ...points(1), ...param('1') }),
      aBatch(tag('new')),
    ])
    expect(merged.count).toBe(3)
    expect(merged.batch.metrics.map(({ step }) => step)).toEqual([0, 1, 0])
    expect(merged.batch).toMatchObject({
      metricKeys: [1, 1, 1],
      params: [{ key: 'p', value: '1' }],
      paramKeys: [2],
      tags: [{ key: 't', value: 'new' }],
      tagKeys: [3],
    })
  })

  test('a batch with another value of a param waits, and so do those after it', () => {
    const { batch, count } = mergeBatches([aBatch(param('1')), aBatch(param('2')), aBatch(points(1))])
    expect(count).toBe(1)
    expect(batch).toMatchObject({ params: [{ value: '1' }], metrics: [] })
  })

  test('a merged batch has at most 4096 points, unless the first one alone has more', () => {
    expect(mergeBatches([aBatch(points(4000)), aBatch(points(96)), aBatch(points(1))]).count).toBe(2)
    expect(mergeBatches([aBatch(points(5000)), aBatch(points(1))]).count).toBe(1)
  })
})
