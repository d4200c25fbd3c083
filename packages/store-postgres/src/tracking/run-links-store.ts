import { NotImplementedError, type TrackingStore } from '@tidemill/core'

export type RunLinksStore = Pick<
  TrackingStore,
  'logInputs' | 'logOutputs' | 'searchDatasets' | 'appendLoggedModelHistory'
>

export const createRunLinksStore = (): RunLinksStore => {
  const refuse = async (): Promise<never> => {
    throw new NotImplementedError('Not built yet.')
  }
  return { logInputs: refuse, logOutputs: refuse, searchDatasets: refuse, appendLoggedModelHistory: refuse }
}
