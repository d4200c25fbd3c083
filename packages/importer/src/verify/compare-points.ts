import type { ImportTarget, MetricSeries, SummarizedPoint } from '@tidemill/core'
import type { SourceRun } from '../source/import-source.ts'
import type { Differences } from './differences.ts'

/** Compares every point of a run. Answers how many distinct ones the source has. */
export const comparePoints = async (
  differences: Differences,
  target: ImportTarget,
  { run, metrics }: SourceRun,
): Promise<number> => {
  let count = 0
  for await (const { key, points } of wholeSeries(metrics())) {
    const distinct = new Set(points.map(identityOf))
    const there = await target.readPoints(run.runId, key)
    count += distinct.size
    for (const point of there) distinct.delete(identityOf(point))
    const missing = distinct.values().next().value
    if (missing !== undefined) {
      differences.add(
        `run ${run.runId}: metric '${key}' lacks ${distinct.size} points, the first (step, timestamp, value) ${missing}`,
      )
    }
  }
  return count
}

const identityOf = ({ step, timestamp, value }: SummarizedPoint): string => `${step} ${timestamp} ${value}`

/** The series of a key put together. */
async function* wholeSeries(metrics: AsyncIterable<MetricSeries>): AsyncGenerator<MetricSeries> {
  let key: string | undefined
  let points: SummarizedPoint[] = []
  for await (const series of metrics) {
    if (key !== undefined && series.key !== key) {
      yield { key, points }
      points = []
    }
    key = series.key
    points = points.length === 0 ? [...series.points] : points.concat(series.points)
  }
  if (key !== undefined) yield { key, points }
}
