import { expect, test } from 'vitest'
import { clipSegment, lastStep, sampleSteps, type StepSegment, toSegments, uniteSegments } from './metric-steps.ts'

const stepsOf = (segments: readonly StepSegment[]): number[] =>
  segments.flatMap(({ first, stride, count }) => Array.from({ length: count }, (_, index) => first + stride * index))

const sortedSet = (steps: readonly number[]): number[] => [...new Set(steps)].sort((a, b) => a - b)

/** Reproducible draws: a failing seed is in the test's title. */
const createRandom = (seed: number) => {
  let state = seed * 2_654_435_761 + 1
  return (below: number): number => {
    state = (Math.imul(state ^ (state >>> 15), 2_246_822_519) + 374_761_393) >>> 0
    return state % below
  }
}

const SEEDS = Array.from({ length: 200 }, (_, seed) => seed)

test.each(SEEDS)('segments, their union, clips and samples hold the steps of seed %i', (seed) => {
  const random = createRandom(seed)
  const lists = Array.from({ length: 1 + random(4) }, () => {
    const stride = 1 + random(3)
    const first = random(20) - 10
    const grid = Array.from({ length: random(30) }, (_, index) => first + index * stride)
    return random(3) === 0 ? grid.filter(() => random(4) > 0) : grid
  })
  const all = sortedSet(lists.flat())
  const united = uniteSegments(lists.flatMap(toSegments))
  expect(stepsOf(united)).toEqual(all)

  const range = { start: random(40) - 15, end: random(40) - 5 }
  const clipped = united.flatMap((segment) => clipSegment(segment, range) ?? [])
  const inRange = all.filter((step) => step >= range.start && step <= range.end)
  expect(stepsOf(clipped)).toEqual(inRange)

  const max = 1 + random(12)
  const expected =
    inRange.length <= max
      ? inRange
      : [
          ...Array.from({ length: max }, (_, index) => inRange[Math.floor((index * inRange.length) / max)]),
          inRange.at(-1),
        ]
  expect(sortedSet(sampleSteps(clipped, max))).toEqual(sortedSet(expected.flatMap((step) => step ?? [])))
})

test('runs that were logged alike unite into one segment, whatever their lengths and chunks', () => {
  const chunks = (count: number, size: number): StepSegment[] =>
    Array.from({ length: Math.ceil(count / size) }, (_, index) => ({
      first: index * size * 10,
      stride: 10,
      count: Math.min(size, count - index * size),
    }))
  expect(uniteSegments([...chunks(10_000, 4096), ...chunks(9_000, 4096), ...chunks(10_000, 1000)])).toEqual([
    { first: 0, stride: 10, count: 10_000 },
  ])
})

test('the last step of a segment is inclusive', () => {
  expect(lastStep({ first: -3, stride: 2, count: 1 })).toBe(-3)
  expect(lastStep({ first: -3, stride: 2, count: 4 })).toBe(3)
})
