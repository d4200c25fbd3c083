import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findCycles, findDepth, findUpstream } from './step-graph.ts'

const graph = (needs: Record<string, string>) =>
  new Map(Object.entries(needs).map(([key, keys]) => [key, keys === '' ? [] : keys.split(' ')]))

test('finds each circle once and leaves self needs and unknown steps out', () => {
  expect(findCycles(graph({ d: 'c', c: 'b', b: 'a', a: 'c x', self: 'self', free: '' }))).toEqual([
    ['c', 'b', 'a', 'c'],
  ])
  expect(findCycles(graph({ a: 'b', b: 'a', c: 'd', d: 'c' }))).toHaveLength(2)
  expect(findCycles(graph({ top: 'left right', left: 'base', right: 'base', base: '' }))).toEqual([])
})

test('walks long chains without growing the stack', () => {
  const chain = new Map(Array.from({ length: 20_000 }, (_, index) => [`s${index}`, [`s${index + 1}`]]))
  expect(findCycles(chain)).toEqual([])
  expect(findDepth(chain)).toBe(20_000)
  expect(findUpstream(chain, 's0').size).toBe(19_999)
})

const anyGraph = fc
  .array(fc.array(fc.nat(9), { maxLength: 4 }), { minLength: 1, maxLength: 10 })
  .map(
    (rows) =>
      new Map(rows.map((row, index) => [String(index), row.map(String).filter((key) => key !== String(index))])),
  )

test('names a circle exactly when steps reach themselves, and every circle named is one', () => {
  fc.assert(
    fc.property(anyGraph, (needs) => {
      const cycles = findCycles(needs)
      const reachesItself = Array.from(needs.keys()).some((key) => findUpstream(needs, key).has(key))
      expect(cycles.length > 0).toBe(reachesItself)
      expect(findDepth(needs) === undefined).toBe(reachesItself)
      for (const cycle of cycles) {
        expect(cycle[0]).toBe(cycle.at(-1))
        for (const [index, key] of cycle.slice(0, -1).entries()) expect(needs.get(key)).toContain(cycle[index + 1])
      }
    }),
  )
})
