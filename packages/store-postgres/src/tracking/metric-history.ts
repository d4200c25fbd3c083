import { type Metric, type Page, type TrackingStore } from '@tidemill/core'
import type { OpenDatabase } from '../database/open-database.ts'
import type { EntityKeys } from '../queries/entity-key.ts'
import { listMetricPoints } from '../queries/metric-history.ts'
import type { MetricPoint } from '../queries/metric-point.ts'
import { sampleMetricHistory } from '../queries/metric-sample.ts'
import { parsePageToken, toPageToken } from '../queries/search-page-token.ts'
import { isStorable } from './identifiers.ts'

export type MetricHistoryReader = Pick<
  TrackingStore,
  'getMetricHistory' | 'getMetricHistoryBulk' | 'sampleMetricHistory'
>

/** Unknown runs and keys have no points, as in MLflow. */
export const createMetricHistoryReader = (
  database: Pick<OpenDatabase, 'db' | 'query'>,
  keys: EntityKeys,
): MetricHistoryReader => {
  const findKeyId = async (key: string): Promise<number | undefined> =>
    isStorable(key) ? (await keys.findIdsOf([key])).get(key) : undefined

  return {
    getMetricHistory: async (runId, key, page) => getMetricHistory(database, runId, key, await findKeyId(key), page),
    getMetricHistoryBulk: async (runIds, key, maxResults) => {
      const keyId = await findKeyId(key)
      const items: (Metric & { readonly runId: string })[] = []
      if (keyId === undefined) return items
      for (const runId of [...new Set(runIds)].filter(isStorable).toSorted()) {
        const limit = maxResults - items.length
        if (limit <= 0) break
        const points = await listMetricPoints(database, runId, keyId, { limit })
        for (const point of points) items.push({ key, ...point, runId })
      }
      return items
    },
    sampleMetricHistory: async ({ runIds, key, steps, maxResults }) => {
      const keyId = await findKeyId(key)
      if (keyId === undefined) return []
      const known = [...new Set(runIds)].filter(isStorable)
      const sampled = await sampleMetricHistory(database.db, known, keyId, steps, maxResults)
      return sampled.flatMap(({ runId, points }) => points.map((point) => ({ key, ...point, runId })))
    },
  }
}

const HISTORY_ORDER = 'history'

const getMetricHistory = async (
  database: Pick<OpenDatabase, 'query'>,
  runId: string,
  key: string,
  keyId: number | undefined,
  { maxResults, pageToken }: { readonly maxResults?: number; readonly pageToken?: string },
): Promise<Page<Metric>> => {
  const token = parsePageToken(pageToken, HISTORY_ORDER, ['bigint', 'bigint', 'float8'])
  const after = token === undefined ? undefined : toPoint(token.values)
  if (keyId === undefined || !isStorable(runId)) return { items: [] }
  const points = await listMetricPoints(database, runId, keyId, {
    ...(after === undefined ? {} : { after }),
    ...(maxResults === undefined ? {} : { limit: maxResults + 1 }),
  })
  const page = maxResults === undefined ? points : points.slice(0, maxResults)
  const last = page.at(-1)
  return {
    items: page.map(({ timestamp, step, value }) => ({ key, value, timestamp, step })),
    ...(page.length === points.length || last === undefined
      ? {}
      : { nextPageToken: toPageToken({ order: HISTORY_ORDER, values: [last.timestamp, last.step, last.value] }) }),
  }
}

const toPoint = (values: readonly (string | number)[]): MetricPoint => {
  const [timestamp, step, value] = values.map(Number)
  if (timestamp === undefined || step === undefined || value === undefined)
    throw new Error('A history token has 3 values')
  return { timestamp, step, value }
}
