import { InvalidParameterValueError } from '../errors.ts'
import { validateStorable } from '../run/key-rules.ts'
import { validateMaxResults } from '../search/max-results.ts'
import type { DatasetFilter, LoggedModelOrder, LoggedModelSearch } from './logged-model.ts'
import type { SearchLoggedModelsRequest } from './wire.ts'

/** What `max_results: 0` stands for. */
const DEFAULT_MAX_RESULTS = 100
const MAX_DATASETS = 100
const MAX_ORDER_BY = 20

/** Throws InvalidParameterValueError with the texts of spec/rest-api.md §4.6. */
export const toLoggedModelSearch = (request: SearchLoggedModelsRequest): LoggedModelSearch => {
  const maxResults = request.max_results === 0 ? DEFAULT_MAX_RESULTS : request.max_results
  validateMaxResults(maxResults)
  validateCount(request.datasets.length, MAX_DATASETS, 'datasets')
  validateCount(request.order_by.length, MAX_ORDER_BY, 'order_by')
  return {
    experimentIds: request.experiment_ids,
    filter: request.filter,
    datasets: request.datasets.map(toNamedDataset),
    orderBy: request.order_by.map(toOrder),
    maxResults,
    ...(request.page_token === '' ? {} : { pageToken: request.page_token }),
  }
}

interface DatasetFields {
  readonly dataset_name: string
  readonly dataset_digest: string
}

const toNamedDataset = (dataset: DatasetFields): DatasetFilter => {
  if (dataset.dataset_name === '') {
    throw new InvalidParameterValueError('`dataset_name` in the `datasets` clause must be specified.')
  }
  return toDatasetFilter(dataset)
}

const toDatasetFilter = ({ dataset_name: name, dataset_digest: digest }: DatasetFields): DatasetFilter => {
  validateStorable(name, 'dataset_name')
  validateStorable(digest, 'dataset_digest')
  return { ...(name === '' ? {} : { name }), ...(digest === '' ? {} : { digest }) }
}

const toOrder = ({
  field_name: fieldName,
  ascending,
  ...dataset
}: SearchLoggedModelsRequest['order_by'][number]): LoggedModelOrder => {
  if (fieldName === '') {
    throw new InvalidParameterValueError('`field_name` in the `order_by` clause must be specified.')
  }
  const hasDataset = dataset.dataset_name !== '' || dataset.dataset_digest !== ''
  return { fieldName, ascending, ...(hasDataset ? { dataset: toDatasetFilter(dataset) } : {}) }
}

const validateCount = (count: number, max: number, field: string): void => {
  if (count > max) {
    throw new InvalidParameterValueError(`Invalid ${field} with ${count} elements. It has at most ${max}.`)
  }
}
