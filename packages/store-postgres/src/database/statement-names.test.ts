import { describe, expect, it } from 'vitest'
import { createStatementNames } from './statement-names.ts'

describe('createStatementNames', () => {
  it('names a statement from its third use on, always the same', () => {
    const nameOf = createStatementNames()
    const names = Array.from({ length: 5 }, () => nameOf('select $1'))
    expect(names.slice(0, 2)).toEqual([undefined, undefined])
    expect(names[2]).toMatch(/^t_[0-9a-f]{32}$/)
    expect(new Set(names.slice(2)).size).toBe(1)
  })

  it('gives statements names of their own, short enough for Postgres', () => {
    const nameOf = createStatementNames()
    const third = (text: string) => [nameOf(text), nameOf(text), nameOf(text)][2] ?? ''
    expect(third('select $1')).not.toBe(third('select $2'))
    expect(third('select $3').length).toBeLessThan(64)
  })

  it('stops at 256 names and keeps the ones it gave', () => {
    const nameOf = createStatementNames()
    const useThrice = (text: string) => [nameOf(text), nameOf(text), nameOf(text)][2]
    for (let index = 0; index < 256; index++) expect(useThrice(`select ${index}`)).toBeDefined()
    expect(useThrice('select 256')).toBeUndefined()
    expect(nameOf('select 0')).toBeDefined()
  })
})
