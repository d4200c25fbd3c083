import type { Metric } from './run.ts'

/** What is known of one metric of a run without reading its points. */
export interface MetricSummary {
  /** The greatest by (step, timestamp, value). */
  readonly latest: Metric
  /** Extremes of the values that are numbers; NaN when none is. */
  readonly min: number
  readonly max: number
}

/** One summary per key, in the order in which the keys first appear. */
export const summarizeMetrics = (metrics: readonly Metric[]): MetricSummary[] => {
  const summaries = new Map<string, MetricSummary>()
  for (const metric of metrics) {
    const before = summaries.get(metric.key)
    summaries.set(
      metric.key,
      before === undefined
        ? { latest: metric, min: metric.value, max: metric.value }
        : {
            latest: isLater(metric, before.latest) ? metric : before.latest,
            min: extreme(Math.min, before.min, metric.value),
            max: extreme(Math.max, before.max, metric.value),
          },
    )
  }
  return [...summaries.values()]
}

/** Strictly later by (step, timestamp, value); NaN counts as 0, as MLflow stores it. */
const isLater = (a: Metric, b: Metric): boolean => {
  if (a.step !== b.step) return a.step > b.step
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  return (Number.isNaN(a.value) ? 0 : a.value) > (Number.isNaN(b.value) ? 0 : b.value)
}

const extreme = (choose: (a: number, b: number) => number, a: number, b: number): number => {
  if (Number.isNaN(a)) return b
  return Number.isNaN(b) ? a : choose(a, b)
}
