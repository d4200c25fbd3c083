import { expect, test } from 'vitest'
import { coalesce } from './coalesce.ts'

test('an item alone goes at once, and what comes meanwhile goes together after it', async () => {
  const batches: (readonly number[])[] = []
  const double = coalesce(async (items: readonly number[]) => {
    batches.push(items)
    return items.map((item) => item * 2)
  })
  await expect(Promise.all([double(1), double(2), double(3)])).resolves.toEqual([2, 4, 6])
  await expect(double(4)).resolves.toBe(8)
  expect(batches).toEqual([[1], [2, 3], [4]])
})

test('a batch has at most 64 items', async () => {
  const sizes: number[] = []
  const echo = coalesce(async (items: readonly number[]) => {
    sizes.push(items.length)
    return items
  })
  await Promise.all(Array.from({ length: 130 }, (_, index) => echo(index)))
  expect(sizes).toEqual([1, 64, 64, 1])
})

test('an error goes to the items of its batch and to no later one', async () => {
  let calls = 0
  const run = coalesce(async (items: readonly string[]) => {
    calls += 1
    if (calls === 2) throw new Error('away')
    return items
  })
  const first = run('a')
  const second = Promise.allSettled([run('b'), run('c')])
  await expect(first).resolves.toBe('a')
  expect((await second).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
  await expect(run('d')).resolves.toBe('d')
})
