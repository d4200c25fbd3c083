/** The steps `first, first + stride, …`: `count` of them, at least one. */
export interface StepSegment {
  readonly first: number
  readonly stride: number
  readonly count: number
}

/** Steps inclusive. */
export interface StepRange {
  readonly start: number
  readonly end: number
}

export const lastStep = ({ first, stride, count }: StepSegment): number => first + stride * (count - 1)

/** The same steps as segments. They need not be sorted or distinct. */
export const toSegments = (steps: readonly number[]): StepSegment[] => {
  const sorted = Float64Array.from(steps).sort()
  const segments: StepSegment[] = []
  let first = Number.NaN
  let stride = 1
  let count = 0
  let previous = Number.NaN
  for (const step of sorted) {
    if (step === previous) continue
    if (count === 1) stride = step - previous
    if (count > 0 && step - previous === stride) count++
    else {
      if (count > 0) segments.push({ first, stride, count })
      first = step
      stride = 1
      count = 1
    }
    previous = step
  }
  if (count > 0) segments.push({ first, stride, count })
  return segments
}

/** The steps of a segment that lie in the range; undefined when none does. */
export const clipSegment = (
  { first, stride, count }: StepSegment,
  { start, end }: StepRange,
): StepSegment | undefined => {
  const skipped = first >= start ? 0 : Math.ceil((start - first) / stride)
  const kept = Math.min(count, Math.floor((end - first) / stride) + 1) - skipped
  return kept <= 0 ? undefined : { first: first + skipped * stride, stride, count: kept }
}

/**
 * The union as disjoint segments in order. Runs that were logged alike have the same grid of steps, and so do the
 * chunks of one run: their segments join without a look at the steps. Segments that interleave are written out.
 */
export const uniteSegments = (segments: readonly StepSegment[]): StepSegment[] => {
  const united: StepSegment[] = []
  const sorted = segments.toSorted((a, b) => a.first - b.first || b.count - a.count)
  for (const segment of sorted) {
    const before = united.at(-1)
    const joined = before === undefined ? undefined : joinSegments(before, segment)
    if (joined !== undefined) united[united.length - 1] = joined
    else if (before !== undefined && segment.first <= lastStep(before)) return toSegments(segments.flatMap(stepsOf))
    else united.push(segment)
  }
  return united
}

/** `b` does not start before `a`. Undefined when they are not one segment. */
const joinSegments = (a: StepSegment, b: StepSegment): StepSegment | undefined => {
  const stride = a.count === 1 ? (b.count === 1 ? b.first - a.first : b.stride) : a.stride
  if (b.first === a.first && b.count === 1) return a
  if (stride === 0 || (b.count > 1 && b.stride !== stride)) return undefined
  const distance = b.first - a.first
  if (distance % stride !== 0 || distance > stride * a.count) return undefined
  return { first: a.first, stride, count: Math.max(a.count, distance / stride + b.count) }
}

const stepsOf = ({ first, stride, count }: StepSegment): number[] =>
  Array.from({ length: count }, (_, index) => first + stride * index)

/**
 * All steps of disjoint segments in order, or when there are more than `max`, those at `floor(i * n / max)` and the
 * last one (spec/performance.md §5.6).
 */
export const sampleSteps = (segments: readonly StepSegment[], max: number): number[] => {
  const total = segments.reduce((sum, { count }) => sum + count, 0)
  if (total <= max) return segments.flatMap(stepsOf)
  const wanted = [...Array.from({ length: max }, (_, index) => Math.floor((index * total) / max)), total - 1]
  const steps: number[] = []
  let next = 0
  let before = 0
  for (const { first, stride, count } of segments) {
    for (let rank = wanted[next]; rank !== undefined && rank < before + count; rank = wanted[next]) {
      steps.push(first + stride * (rank - before))
      next++
    }
    before += count
  }
  return steps
}
