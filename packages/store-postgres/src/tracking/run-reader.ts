import { NotImplementedError, type TrackingStore } from '@tidemill/core'

export type RunReader = Pick<
  TrackingStore,
  'getRunJson' | 'searchRunsJson' | 'getMetricHistoryBulk' | 'sampleMetricHistory'
>

export const createRunReader = (): RunReader => {
  const refuse = async (): Promise<never> => {
    throw new NotImplementedError('Not built yet.')
  }
  return { getRunJson: refuse, searchRunsJson: refuse, getMetricHistoryBulk: refuse, sampleMetricHistory: refuse }
}
