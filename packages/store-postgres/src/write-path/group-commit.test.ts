import { ResourceExhaustedError } from '@tidemill/core'
import { describe, expect, test, vi } from 'vitest'
import { createGroupCommit, type GroupCommitOptions } from './group-commit.ts'

interface Item {
  readonly key: string
  readonly value: string
}

/** Each flush waits until the test ends it. */
const setup = (options: Partial<GroupCommitOptions<Item, string>> = {}) => {
  const flushes: { readonly values: string[]; readonly end: PromiseWithResolvers<void> }[] = []
  const write = createGroupCommit<Item, string>({
    flush: async (items) => {
      const flush = { values: items.map(({ value }) => value), end: Promise.withResolvers<void>() }
      flushes.push(flush)
      await flush.end.promise
      return flush.values.map((value) => `${value} written`)
    },
    keyOf: ({ key }) => key,
    sizeOf: () => 10,
    maxInFlight: 2,
    maxPerKey: 3,
    maxBytes: 1000,
    ...options,
  })
  const flushed = async (count: number) => {
    await vi.waitUntil(() => flushes.length >= count)
    return flushes.map(({ values }) => values)
  }
  return { write, flushes, flushed }
}

/** What a database that refuses a statement throws. */
const refusal = () => Object.assign(new Error('refused'), { code: '22021' })

describe('createGroupCommit', () => {
  test('items that arrive together are written together, each with its own result', async () => {
    const { write, flushes, flushed } = setup()
    const written = ['a', 'b', 'c'].map((key) => write({ key, value: key }))
    expect(await flushed(1)).toEqual([['a', 'b', 'c']])
    flushes[0]?.end.resolve()
    expect(await Promise.all(written)).toEqual(['a written', 'b written', 'c written'])
  })

  test('a key has one flush at a time, its items stay in order, others go on', async () => {
    const { write, flushes, flushed } = setup()
    const done: string[] = []
    const send = (key: string, value: string) => write({ key, value }).then((result) => done.push(result))
    const sent = [send('a', 'a1')]
    await flushed(1)
    sent.push(send('a', 'a2'), send('a', 'a3'), send('b', 'b1'))
    expect(await flushed(2)).toEqual([['a1'], ['b1']])
    flushes[1]?.end.resolve()
    await vi.waitUntil(() => done.length === 1)
    expect(flushes).toHaveLength(2)
    flushes[0]?.end.resolve()
    expect(await flushed(3)).toEqual([['a1'], ['b1'], ['a2', 'a3']])
    flushes[2]?.end.resolve()
    await Promise.all(sent)
    expect(done).toEqual(['b1 written', 'a1 written', 'a2 written', 'a3 written'])
  })

  test('at most two flushes are under way, and what waits goes into the next one', async () => {
    const { write, flushes, flushed } = setup()
    const written = [write({ key: 'a', value: 'a' })]
    await flushed(1)
    written.push(write({ key: 'b', value: 'b' }))
    await flushed(2)
    written.push(write({ key: 'c', value: 'c' }), write({ key: 'd', value: 'd' }))
    flushes[1]?.end.resolve()
    expect(await flushed(3)).toEqual([['a'], ['b'], ['c', 'd']])
    for (const { end } of flushes) end.resolve()
    await Promise.all(written)
  })

  test('a flush has at most maxPerKey items of a key', async () => {
    const { write, flushes, flushed } = setup({ maxPerKey: 2 })
    const written = ['1', '2', '3'].map((value) => write({ key: 'a', value }))
    await flushed(1)
    flushes[0]?.end.resolve()
    expect(await flushed(2)).toEqual([['1', '2'], ['3']])
    flushes[1]?.end.resolve()
    await Promise.all(written)
  })

  test('an item that the database refuses fails alone', async () => {
    const flush = async (items: readonly Item[]) => {
      if (items.some(({ value }) => value === 'bad')) throw refusal()
      return items.map(({ value }) => value)
    }
    const { write } = setup({ flush })
    const results = await Promise.allSettled(['good', 'bad', 'fine'].map((value) => write({ key: value, value })))
    expect(results).toEqual([
      { status: 'fulfilled', value: 'good' },
      { status: 'rejected', reason: expect.objectContaining({ message: 'refused' }) },
      { status: 'fulfilled', value: 'fine' },
    ])
  })

  test('a broken connection fails the whole flush at once', async () => {
    let calls = 0
    const flush = async () => {
      calls++
      throw Object.assign(new Error('gone'), { code: 'ECONNRESET' })
    }
    const { write } = setup({ flush })
    const results = await Promise.allSettled(['a', 'b'].map((value) => write({ key: value, value })))
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(calls).toBe(1)
  })

  test('too many waiting bytes are refused until some are written', async () => {
    const { write, flushes, flushed } = setup({ maxBytes: 25 })
    const written = [write({ key: 'a', value: 'a' }), write({ key: 'b', value: 'b' })]
    await expect(write({ key: 'c', value: 'c' })).rejects.toThrow(ResourceExhaustedError)
    await flushed(1)
    flushes[0]?.end.resolve()
    await Promise.all(written)
    const next = write({ key: 'c', value: 'c' })
    await flushed(2)
    flushes[1]?.end.resolve()
    expect(await next).toBe('c written')
  })

  test('an item larger than the limit is written when nothing waits', async () => {
    const { write } = setup({ sizeOf: () => 5000, flush: async (items) => items.map(() => 'large') })
    expect(await write({ key: 'a', value: 'a' })).toBe('large')
  })
})
