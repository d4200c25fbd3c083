import type { Metric } from '@tidemill/core'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { aBatch, aMetric, describeStores } from './world.ts'

describeStores('the history of a metric', (world) => {
  // Unsorted, in several chunks, with an exact duplicate and another key between.
  const chunks = [
    [aMetric('m', 3, 5, 20), aMetric('other', 1), aMetric('m', 2, -1, 10), aMetric('m', Number.NaN, 5, 20)],
    [aMetric('m', 1, 5, 20), aMetric('m', 9, 0, 10), aMetric('m', 3, 5, 20)],
    [aMetric('m', 0, 9, 0), aMetric('m', Number.NaN, 5, 20)],
  ]
  const sorted = [
    aMetric('m', 0, 9, 0),
    aMetric('m', 2, -1, 10),
    aMetric('m', 9, 0, 10),
    aMetric('m', 1, 5, 20),
    aMetric('m', 3, 5, 20),
    aMetric('m', Number.NaN, 5, 20),
  ]

  const aRunWithHistory = async (): Promise<string> => {
    const runId = await world.aRun()
    for (const metrics of chunks) await world.store.logBatch(runId, aBatch({ metrics }))
    return runId
  }

  test('all points come by timestamp, step and value, duplicates once', async () => {
    const runId = await aRunWithHistory()
    expect(await world.store.getMetricHistory(runId, 'm', {})).toEqual({ items: sorted })
  })

  test('pages of every size give the same points, a token only when more follow', async () => {
    const runId = await aRunWithHistory()
    for (const maxResults of [1, 2, 3, 4, 5, 6, 7]) {
      const items: Metric[] = []
      let pages = 0
      let pageToken: string | undefined = ''
      while (pageToken !== undefined) {
        const page = await world.store.getMetricHistory(runId, 'm', { maxResults, pageToken })
        items.push(...page.items)
        pages++
        pageToken = page.nextPageToken
      }
      expect(items).toEqual(sorted)
      expect(pages).toBe(Math.ceil(sorted.length / maxResults))
    }
  })

  test('an unknown key has no points', async () => {
    const runId = await aRunWithHistory()
    for (const key of ['never logged', '', 'a\0']) {
      expect(await world.store.getMetricHistory(runId, key, { maxResults: 1 })).toEqual({ items: [] })
    }
  })

  test('an unknown run has no points', async () => {
    await aRunWithHistory()
    for (const runId of ['0'.repeat(32), '', 'a\0']) {
      expect(await world.store.getMetricHistory(runId, 'm', {})).toEqual({ items: [] })
    }
  })

  test('several runs come by id, the points of all together cut to the limit', async () => {
    const runIds = [await aRunWithHistory(), await aRunWithHistory()].toSorted()
    const all = runIds.flatMap((runId) => sorted.map((metric) => ({ ...metric, runId })))
    const bulk = (ids: readonly string[], limit: number) => world.store.getMetricHistoryBulk(ids, 'm', limit)
    expect(await bulk([...runIds.toReversed(), 'nope', 'a\0', runIds[0] ?? ''], 100)).toEqual(all)
    expect(await bulk(runIds, 7)).toEqual(all.slice(0, 7))
    expect(await bulk(runIds, 0)).toEqual([])
    expect(await world.store.getMetricHistoryBulk(runIds, 'never logged', 5)).toEqual([])
  })

  test.each([
    ['not base64!', 'Invalid page token, could not base64-decode'],
    [Buffer.from('{').toString('base64url'), 'Invalid page token, decoded value={'],
    [Buffer.from('{"offset": 2}').toString('base64url'), 'Invalid page token, decoded value={"offset": 2}'],
    [Buffer.from('["history",1,2,"x"]').toString('base64url'), 'Invalid page token, parsed value=["history",1,2,"x"]'],
    [Buffer.from('["history",1.5,2,3]').toString('base64url'), 'Invalid page token, parsed value='],
    [Buffer.from('["history",1e99,2,3]').toString('base64url'), 'Invalid page token, parsed value='],
    [Buffer.from('["history",1,2]').toString('base64url'), 'Invalid page token, decoded value='],
    [
      Buffer.from('["other",1,2,3]').toString('base64url'),
      'Invalid page token, its order_by is not that of the request.',
    ],
  ])('the page token %s is refused', async (pageToken, message) => {
    const runId = await world.aRun()
    await expect(world.store.getMetricHistory(runId, 'm', { maxResults: 1, pageToken })).rejects.toMatchObject({
      code: 'INVALID_PARAMETER_VALUE',
      message: expect.stringContaining(message),
    })
  })

  test('the view metric_point shows the same points to SQL', async () => {
    const runId = await aRunWithHistory()
    const { rows } = await sql<{ key: string; value: number }>`
      select key, value from metric_point where run_id = ${runId} order by key, timestamp, step, value`.execute(
      world.database.db,
    )
    expect(rows.map(({ key, value }) => [key, value])).toEqual([
      ...sorted.map(({ key, value }) => [key, value]),
      ['other', 1],
    ])
  })
})
