import type { MetricSeries, SummarizedPoint } from '@tidemill/core'

/** Points of a series that is handed on: some ten megabytes. */
export const MAX_SERIES_POINTS = 131_072

/** Rows that come key by key, as series. */
export async function* toSeries(
  batches: AsyncIterable<readonly (SummarizedPoint & { readonly key: string })[]>,
): AsyncGenerator<MetricSeries> {
  let key: string | undefined
  let points: SummarizedPoint[] = []
  for await (const batch of batches) {
    for (const row of batch) {
      if (key !== undefined && (row.key !== key || points.length >= MAX_SERIES_POINTS)) {
        yield { key, points }
        points = []
      }
      key = row.key
      points.push({ step: row.step, timestamp: row.timestamp, value: row.value })
    }
  }
  if (key !== undefined && points.length > 0) yield { key, points }
}
