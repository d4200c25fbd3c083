export interface SummarizedPoint {
  readonly step: number
  /** ms since the epoch. */
  readonly timestamp: number
  readonly value: number
}

/** What is known of one metric of a run without reading its points: the latest one, and the extremes. */
export interface MetricSummary extends SummarizedPoint {
  /** Extremes of the values that are numbers; NaN when none is. */
  readonly min: number
  readonly max: number
}

/** The summary with one more point, which came after those before; `before` is undefined for the first one. */
export const summarizeMore = (before: MetricSummary | undefined, point: SummarizedPoint): MetricSummary => {
  if (before === undefined) return toSummary(point, point.value, point.value)
  const min = extreme(Math.min, before.min, point.value)
  const max = extreme(Math.max, before.max, point.value)
  if (isLater(point, before)) return toSummary(point, min, max)
  return Object.is(min, before.min) && Object.is(max, before.max) ? before : toSummary(before, min, max)
}

const toSummary = ({ step, timestamp, value }: SummarizedPoint, min: number, max: number): MetricSummary => ({
  step,
  timestamp,
  value,
  min,
  max,
})

/** Strictly later by (step, timestamp, value); NaN counts as 0, as MLflow stores it. */
const isLater = (a: SummarizedPoint, b: SummarizedPoint): boolean => {
  if (a.step !== b.step) return a.step > b.step
  if (a.timestamp !== b.timestamp) return a.timestamp > b.timestamp
  return (Number.isNaN(a.value) ? 0 : a.value) > (Number.isNaN(b.value) ? 0 : b.value)
}

const extreme = (choose: (a: number, b: number) => number, a: number, b: number): number => {
  if (Number.isNaN(a)) return b
  return Number.isNaN(b) ? a : choose(a, b)
}
