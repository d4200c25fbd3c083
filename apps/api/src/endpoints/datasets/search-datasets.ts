import {
  SearchDatasetsRequest,
  SearchDatasetsResponse,
  toDatasetSummaryWire,
  validateSearchedExperiments,
} from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'

/** The datasets that runs of some experiments used, for choosing one. */
export const searchDatasets = endpoint({
  id: 'E10',
  method: 'POST',
  path: '/experiments/search-datasets',
  access: { experiment: 'READ' },
  request: SearchDatasetsRequest,
  response: SearchDatasetsResponse,
  handle: async ({ experiment_ids: experimentIds }, { tracking }) => {
    validateSearchedExperiments(experimentIds)
    return { dataset_summaries: (await tracking.searchDatasets(experimentIds)).map(toDatasetSummaryWire) }
  },
})
