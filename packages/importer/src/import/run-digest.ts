import { createHash } from 'node:crypto'
import type { ImportedRun, MetricSeries, RunToImport } from '@tidemill/core'

/** The run with a digest of all that is written of it, made while its points go by. */
export const withDigest = (run: ImportedRun, readMetrics: () => AsyncIterable<MetricSeries>): RunToImport => {
  let digest: string | undefined
  return {
    run,
    metrics: async function* () {
      const hash = createHash('sha256').update(JSON.stringify(run))
      let key: string | undefined
      for await (const series of readMetrics()) {
        if (series.key !== key) hash.update(JSON.stringify(series.key))
        key = series.key
        hash.update(new Uint8Array(toNumbers(series).buffer))
        yield series
      }
      digest = hash.digest('hex')
    },
    digest: () => {
      if (digest === undefined) throw new Error(`The points of run ${run.runId} have not been read to their end`)
      return digest
    },
  }
}

const toNumbers = ({ points }: MetricSeries): Float64Array => {
  const numbers = new Float64Array(points.length * 3)
  points.forEach(({ step, timestamp, value }, index) => {
    numbers[index * 3] = step
    numbers[index * 3 + 1] = timestamp
    numbers[index * 3 + 2] = value
  })
  return numbers
}

/** Reads the points only for the digest. */
export const digestOf = async (run: RunToImport): Promise<string> => {
  for await (const series of run.metrics()) void series
  return run.digest()
}
