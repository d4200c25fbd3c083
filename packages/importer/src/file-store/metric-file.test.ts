import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SummarizedPoint } from '@tidemill/core'
import { describe, expect, it } from 'vitest'
import type { Finding } from '../source/import-source.ts'
import { parseMetricLine, readMetricFile } from './metric-file.ts'

describe('parseMetricLine', () => {
  it.each([
    ['1700000000000 0.5 3', { timestamp: 1_700_000_000_000, value: 0.5, step: 3 }],
    ['1700000000000 1e-05', { timestamp: 1_700_000_000_000, value: 0.00001, step: 0 }],
    ['1 nan -2', { timestamp: 1, value: Number.NaN, step: -2 }],
    ['1 0.5 3 data abc123', { timestamp: 1, value: 0.5, step: 3 }],
  ])('reads %s', (line, point) => {
    expect(parseMetricLine(line)).toEqual(point)
  })

  it.each(['', '1', '1 x 2', 'now 0.5 1', '1 0.5 1.5', '1 0.5 99999999999999999999'])('refuses %s', (line) => {
    expect(parseMetricLine(line)).toBeUndefined()
  })
})

describe('readMetricFile', () => {
  const read = async (text: string): Promise<{ points: SummarizedPoint[]; findings: Finding[] }> => {
    await using directory = await mkdtempDisposable(join(tmpdir(), 'tidemill-metric-'))
    const file = join(directory.path, 'loss')
    await writeFile(file, text)
    const findings: Finding[] = []
    const points: SummarizedPoint[] = []
    const report = ({ where, message }: Finding) =>
      findings.push({ where: where.slice(directory.path.length + 1), message })
    for await (const series of readMetricFile(file, 'loss', report)) {
      for (const point of series.points) points.push(point)
    }
    return { points, findings }
  }

  it('reads the points around broken lines and names those with their numbers', async () => {
    const { points, findings } = await read('1 0.5 0\r\nbroken\n\n2 0.25 1')
    expect(points).toEqual([
      { timestamp: 1, value: 0.5, step: 0 },
      { timestamp: 2, value: 0.25, step: 1 },
    ])
    expect(findings).toEqual([
      { where: 'loss:2', message: "'broken' is no metric point: expected 'timestamp value step'" },
    ])
  })

  it('reads lines that lie across the blocks of a read', async () => {
    const lines = Array.from({ length: 200_000 }, (_, step) => `1700000000000 0.5 ${step}`)
    const { points, findings } = await read(lines.join('\n'))
    expect(points.map(({ step }) => step)).toEqual(lines.map((_, step) => step))
    expect(findings).toEqual([])
  })

  it('reports the first broken lines and counts the others', async () => {
    const { findings } = await read('x\n'.repeat(100))
    expect(findings).toHaveLength(21)
    expect(findings.at(-1)?.message).toBe('has 100 lines that are no metric point')
  })

  it('cuts a line without an end instead of keeping it all', async () => {
    const { points, findings } = await read(`${'x'.repeat(5_000_000)}\n1 0.5 0\n`)
    expect(points).toEqual([{ timestamp: 1, value: 0.5, step: 0 }])
    expect(findings[0]?.message.length).toBeLessThan(200)
  })
})
