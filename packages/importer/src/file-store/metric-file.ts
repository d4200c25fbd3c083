import { constants } from 'node:fs'
import { open } from 'node:fs/promises'
import { StringDecoder } from 'node:string_decoder'
import type { MetricSeries, SummarizedPoint } from '@tidemill/core'
import { findDouble, findInteger } from '../source/fields.ts'
import type { ReportFinding } from '../source/import-source.ts'
import { MAX_SERIES_POINTS } from '../source/series.ts'

const READ_BYTES = 1024 * 1024
/** A line of MLflow has at most three numbers and the name and digest of a dataset. */
const MAX_LINE_LENGTH = 4096
/** Of one file; the others are counted. */
const MAX_REPORTED_LINES = 20

/** One line of a metric file: `timestamp value step`, the step left out by old versions, more fields by new ones. */
export const parseMetricLine = (line: string): SummarizedPoint | undefined => {
  const [first, second, third = '0'] = line.split(' ')
  const timestamp = findInteger(first)
  const value = findDouble(second)
  const step = findInteger(third)
  return timestamp === undefined || value === undefined || step === undefined ? undefined : { timestamp, value, step }
}

/** The points of a metric file. Lines that are no point are reported with their number. */
export async function* readMetricFile(file: string, key: string, report: ReportFinding): AsyncGenerator<MetricSeries> {
  let points: SummarizedPoint[] = []
  let refused = 0
  for await (const { line, number } of readLines(file)) {
    const point = parseMetricLine(line)
    if (point !== undefined) points.push(point)
    else if (++refused <= MAX_REPORTED_LINES) {
      report({
        where: `${file}:${number}`,
        message: `'${line.slice(0, 80)}' is no metric point: expected 'timestamp value step'`,
      })
    }
    if (points.length >= MAX_SERIES_POINTS) {
      yield { key, points }
      points = []
    }
  }
  if (refused > MAX_REPORTED_LINES) {
    report({ where: file, message: `has ${refused} lines that are no metric point` })
  }
  if (points.length > 0) yield { key, points }
}

/** Lines that are not empty, without spaces around them; of lines that are too long only the beginning. */
export async function* readLines(file: string): AsyncGenerator<{ readonly line: string; readonly number: number }> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const decoder = new StringDecoder('utf8')
    const buffer = Buffer.allocUnsafe(READ_BYTES)
    let rest = ''
    let number = 0
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, READ_BYTES)
      const lines = (
        rest + (bytesRead === 0 ? `${decoder.end()}\n` : decoder.write(buffer.subarray(0, bytesRead)))
      ).split('\n')
      rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH)
      for (const each of lines) {
        number++
        const line = each.slice(0, MAX_LINE_LENGTH).trim()
        if (line !== '') yield { line, number }
      }
      if (bytesRead === 0) return
    }
  } finally {
    await handle.close()
  }
}
