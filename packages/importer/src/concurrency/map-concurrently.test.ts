import { describe, expect, it } from 'vitest'
import { mapConcurrently } from './map-concurrently.ts'

describe('mapConcurrently', () => {
  it('answers in the order of the items with no more than the limit under way', async () => {
    let underWay = 0
    let most = 0
    const results = await mapConcurrently([5, 1, 3, 2], 2, async (item) => {
      most = Math.max(most, ++underWay)
      for (let turn = 0; turn < item; turn++) await Promise.resolve()
      underWay--
      return item * 10
    })
    expect([results, most]).toEqual([[50, 10, 30, 20], 2])
  })

  it('begins none after an error and waits for those under way', async () => {
    const begun: number[] = []
    const work = mapConcurrently([1, 2, 3, 4], 2, async (item) => {
      begun.push(item)
      await Promise.resolve()
      if (item === 1) throw new Error('first')
    })
    await expect(work).rejects.toThrow('first')
    expect(begun).not.toContain(4)
  })
})
