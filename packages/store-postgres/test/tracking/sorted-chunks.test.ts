import type { Metric, MetricHistorySample } from '@tidemill/core'
import { waitFor } from '@tidemill/testkit'
import { sql } from 'kysely'
import { beforeAll, describe, expect, test } from 'vitest'
import { compactRun } from '../../src/settling/compact-run.ts'
import { settleRuns } from '../../src/settling/settle-runs.ts'
import { aBatch, aMetric, describeStores } from './world.ts'

const byValue = (a: number, b: number): number =>
  a === b || (Number.isNaN(a) && Number.isNaN(b)) ? 0 : Number.isNaN(a) || a > b ? 1 : -1

const distinct = (metrics: readonly Metric[], order: (a: Metric, b: Metric) => number): Metric[] =>
  metrics.toSorted(order).filter((metric, index, sorted) => {
    const before = sorted[index - 1]
    return before === undefined || order(before, metric) !== 0
  })

const byTime = (a: Metric, b: Metric): number =>
  a.timestamp - b.timestamp || a.step - b.step || byValue(a.value, b.value)
const byStep = (a: Metric, b: Metric): number =>
  a.step - b.step || a.timestamp - b.timestamp || byValue(a.value, b.value)

/** The rule of spec/performance.md §5.6, over all points. */
const sampleNaively = (
  histories: readonly (readonly Metric[])[],
  { steps, maxResults }: Pick<MetricHistorySample, 'steps' | 'maxResults'>,
): Metric[][] => {
  const all = [...new Set(histories.flat().map(({ step }) => step))].sort((a, b) => a - b)
  const { start, end } = steps ?? { start: 0, end: all.at(-1) ?? -1 }
  const isInRange = (step: number): boolean => step >= start && step <= end
  const inRange = all.filter(isInRange)
  const kept = new Set(
    inRange.length <= maxResults
      ? inRange
      : [
          ...Array.from(
            { length: maxResults },
            (_, index) => inRange[Math.floor((index * inRange.length) / maxResults)],
          ),
          inRange.at(-1),
        ],
  )
  for (const history of histories) {
    const own = history.map(({ step }) => step).filter(isInRange)
    if (own.length > 0) {
      kept.add(own.reduce((a, b) => Math.min(a, b)))
      kept.add(own.reduce((a, b) => Math.max(a, b)))
    }
  }
  return histories.map((history) => distinct(history, byStep).filter(({ step }) => kept.has(step)))
}

describeStores('histories of sorted and unsorted chunks', (world) => {
  const range = (count: number, toMetric: (index: number) => Metric): Metric[] =>
    Array.from({ length: count }, (_, index) => toMetric(index))

  /** What is logged before and after the chunks are sorted. */
  const histories: Readonly<Record<string, { readonly sorted: readonly Metric[]; readonly late: readonly Metric[] }>> =
    {
      grid: { sorted: range(5000, (index) => aMetric('m', index % 7, index, index)), late: [] },
      'shorter grid': {
        sorted: range(4500, (index) => aMetric('m', index % 5, index, index * 2)),
        late: range(100, (index) => aMetric('m', 1, 4500 + index, 9000 + index)),
      },
      'wide grid': { sorted: range(600, (index) => aMetric('m', index, index * 10 - 300, 5)), late: [] },
      'uneven steps': {
        sorted: range(900, (index) => aMetric('m', index, index * index - 400, index)),
        late: [aMetric('m', Number.NaN, 17, 3)],
      },
      'several points a step, backwards in time': {
        sorted: range(3000, (index) => aMetric('m', index % 3, Math.floor(index / 3), 10_000 - index)),
        late: [aMetric('m', 0, 0, 10_000), aMetric('m', -1, 0, 10_000)],
      },
      'late and early': {
        sorted: range(2000, (index) => aMetric('m', index, index * 2, index)),
        late: range(50, (index) => aMetric('m', index, index * 3 + 1, index)),
      },
      'never sorted': { sorted: [], late: range(300, (index) => aMetric('m', index, 300 - index, index % 4)) },
      empty: { sorted: [], late: [] },
    }
  const runIds = new Map<string, string>()
  const pointsOf = (name: string): Metric[] => [...(histories[name]?.sorted ?? []), ...(histories[name]?.late ?? [])]

  beforeAll(async () => {
    for (const [name, { sorted, late }] of Object.entries(histories)) {
      const runId = await world.aRun()
      runIds.set(name, runId)
      const log = async (metrics: readonly Metric[], size: number): Promise<void> => {
        for (let start = 0; start < metrics.length; start += size) {
          const slice = [...metrics.slice(start, start + size), aMetric('other', start, start)]
          await world.store.logBatch(runId, aBatch({ metrics: slice }))
        }
      }
      await log(sorted, 500)
      if (sorted.length > 0) await sort(runId)
      await log(late, 40)
    }
  })

  const sort = async (runId: string): Promise<void> => {
    const { db } = world.database
    const { rows } = await sql<{ id: number }>`select id from run where run_id = ${runId}`.execute(db)
    const runKey = rows[0]?.id ?? 0
    // The store's own settler may be at it too: whoever has the run locked does the work.
    await waitFor('all chunks of the run to be sorted', async () => {
      await settleRuns(db, [runKey])
      await compactRun(db, runKey)
      const { rows: unsorted } =
        await sql`select from metric_chunk where run_id = ${runKey} and key_id is null`.execute(db)
      return unsorted.length === 0
    })
  }

  test('sorted chunks say how far apart their steps are', async () => {
    const { rows } = await sql<{ n: number; step_count: number; step_stride: number }>`
      select n, step_count, step_stride from metric_chunk join run on run.id = metric_chunk.run_id
      join entity_key on entity_key.id = metric_chunk.key_id
      where run.run_id = ${runIds.get('wide grid')} and entity_key.key = 'm'`.execute(world.database.db)
    expect(rows).toEqual([{ n: 600, step_count: 600, step_stride: 10 }])
  })

  describe.each(Object.keys(histories))('the run with %s', (name) => {
    test.each([1000, 4096, 100_000])('has the same points in pages of %i', async (maxResults) => {
      const items: Metric[] = []
      let pageToken: string | undefined = ''
      while (pageToken !== undefined) {
        const page = await world.store.getMetricHistory(runIds.get(name) ?? '', 'm', { maxResults, pageToken })
        items.push(...page.items)
        pageToken = page.nextPageToken
      }
      expect(items).toEqual(distinct(pointsOf(name), byTime))
    })

    test('is sampled by the rule', async () => {
      for (const sample of SAMPLES) {
        const runId = runIds.get(name) ?? ''
        const points = await world.store.sampleMetricHistory({ runIds: [runId], key: 'm', ...sample })
        const [expected = []] = sampleNaively([pointsOf(name)], sample)
        expect(points).toEqual(expected.map((metric) => ({ ...metric, runId })))
      }
    })
  })

  const SAMPLES: readonly Pick<MetricHistorySample, 'steps' | 'maxResults'>[] = [
    { maxResults: 1 },
    { maxResults: 3 },
    { maxResults: 320 },
    { maxResults: 2500 },
    { maxResults: 7, steps: { start: -400, end: 1234 } },
    { maxResults: 100, steps: { start: 33, end: 33 } },
    { maxResults: 2, steps: { start: -1_000_000, end: -500_000 } },
    { maxResults: 2, steps: { start: 1_000_000, end: Number.MAX_SAFE_INTEGER } },
  ]

  test.each([
    ['grid', 'shorter grid'],
    ['grid', 'wide grid', 'empty'],
    ['late and early', 'uneven steps', 'never sorted'],
    Object.keys(histories),
  ])('several runs share the steps of a sample: %s, %s, %s', async (...names) => {
    const ids = names.map((name) => runIds.get(name) ?? '')
    for (const sample of SAMPLES) {
      const points = await world.store.sampleMetricHistory({
        runIds: [...ids, 'nope', ids[0] ?? ''],
        key: 'm',
        ...sample,
      })
      const expected = sampleNaively(names.map(pointsOf), sample)
      expect(points).toEqual(
        expected.flatMap((history, index) => history.map((metric) => ({ ...metric, runId: ids[index] }))),
      )
    }
  })
})
