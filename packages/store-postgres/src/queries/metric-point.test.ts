import { expect, test } from 'vitest'
import { byStep, byTime, packPoints, parseChunkArrays, sortPoints, unpackPoints } from './metric-point.ts'

const point = (step: number, timestamp = 0, value = 0) => ({ step, timestamp, value })

test('packed points come back as they were', () => {
  const points = [
    point(-(2 ** 53 - 1), 2 ** 53 - 1, Number.NaN),
    point(0, 0, -1.7976931348623157e308),
    point(7, 1, 5e-324),
  ]
  expect(unpackPoints(packPoints(points).packed)).toEqual(points)
})

test.each([
  [[5], 1, 1],
  [[5, 5, 5], 1, 1],
  [[1, 2, 3], 3, 1],
  [[-4, -4, 0, 4], 3, 4],
  [[0, 1, 3], 3, 0],
  [[0, 2, 3, 5], 4, 0],
])('the steps %j are %i, at the distance %i', (steps, stepCount, stepStride) => {
  expect(packPoints(steps.map((step) => point(step)))).toMatchObject({ stepCount, stepStride })
})

test('the arrays of a chunk give the points of one key', () => {
  const chunk = { key_ids: '{7,77,7}', steps: '{1,2,-3}', timestamps: '{4,5,6}', vals: '{1e-05,2,NaN}' }
  expect(parseChunkArrays(chunk, 7)).toEqual([point(1, 4, 1e-5), point(-3, 6, Number.NaN)])
  expect(parseChunkArrays({ key_ids: '{}', steps: '{}', timestamps: '{}', vals: '{}' }, 7)).toEqual([])
})

test('points are sorted with NaN last, and each is kept once', () => {
  const points = [point(2, 1, Number.NaN), point(2, 1, 3), point(1, 9, 0), point(2, 1, Number.NaN), point(2, 1, -3)]
  const [nan, three, early, , negative] = points
  expect(sortPoints(points, byStep)).toEqual([early, negative, three, nan])
  expect(sortPoints(points, byTime)).toEqual([negative, three, nan, early])
})
