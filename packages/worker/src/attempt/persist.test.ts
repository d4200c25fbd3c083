import { InvalidParameterValueError, TemporarilyUnavailableError } from '@tidemill/core'
import { describe, expect, test, vi } from 'vitest'
import { persist } from './persist.ts'

describe('persist', () => {
  test.each([
    ['a lost connection', new Error('ECONNREFUSED')],
    ['a store that says it is away', new TemporarilyUnavailableError('away')],
  ])('repeats after %s', async (_title, error) => {
    const call = vi.fn<() => Promise<string>>().mockRejectedValueOnce(error).mockResolvedValue('stored')
    expect(await persist(call, { limitMs: 5_000 })).toBe('stored')
    expect(call).toHaveBeenCalledTimes(2)
  })

  test('throws what no repeat can mend at once', async () => {
    const call = vi.fn<() => Promise<string>>().mockRejectedValue(new InvalidParameterValueError('bad'))
    await expect(persist(call, { limitMs: 5_000 })).rejects.toThrow('bad')
    expect(call).toHaveBeenCalledTimes(1)
  })

  test('throws the last error after its limit', async () => {
    const call = vi.fn<() => Promise<string>>().mockRejectedValue(new Error('away'))
    await expect(persist(call, { limitMs: 120 })).rejects.toThrow('away')
    expect(call.mock.calls.length).toBeGreaterThan(1)
  })

  test('ends with the reason of an abort, without another call', async () => {
    const abort = new AbortController()
    const call = vi.fn<() => Promise<string>>().mockImplementation(async () => {
      abort.abort(new Error('lease lost'))
      throw new Error('away')
    })
    await expect(persist(call, { signal: abort.signal, limitMs: 5_000 })).rejects.toThrow('lease lost')
    expect(call).toHaveBeenCalledTimes(1)
  })
})
