import { InvalidParameterValueError } from '../errors.ts'

const MAX_HISTORY_RUNS = 100
const MAX_BULK_POINTS = 25_000
const MAX_SAMPLED_STEPS = 2500

/** The points of a bulk history: what was asked for, at most 25,000. Throws InvalidParameterValueError with MLflow's texts. */
export const checkBulkHistory = (
  runIds: readonly string[],
  key: string | undefined,
  maxResults: number,
): { readonly key: string; readonly maxResults: number } => {
  if (runIds.length === 0) {
    throw new InvalidParameterValueError('GetMetricHistoryBulk request must specify at least one run_id.')
  }
  if (runIds.length > MAX_HISTORY_RUNS) {
    throw new InvalidParameterValueError(
      `GetMetricHistoryBulk request cannot specify more than ${MAX_HISTORY_RUNS} run_ids. Received ${runIds.length} run_ids.`,
    )
  }
  if (key === undefined) {
    throw new InvalidParameterValueError('GetMetricHistoryBulk request must specify a metric_key.')
  }
  if (maxResults < 0) {
    throw new InvalidParameterValueError(
      `Invalid value ${maxResults} for parameter 'max_results' supplied. It must not be negative`,
    )
  }
  return { key, maxResults: Math.min(maxResults, MAX_BULK_POINTS) }
}

/** The range of steps, undefined for all from 0 on. Throws InvalidParameterValueError with MLflow's texts. */
export const checkSampledHistory = (sample: {
  readonly runIds: readonly string[]
  readonly startStep?: number
  readonly endStep?: number
  readonly maxResults: number
}): { readonly start: number; readonly end: number } | undefined => {
  const { runIds, startStep, endStep, maxResults } = sample
  if (maxResults < 1 || maxResults > MAX_SAMPLED_STEPS) {
    throw new InvalidParameterValueError(
      `max_results must be between 1 and ${MAX_SAMPLED_STEPS}. See the API docs for more information about request parameters.`,
    )
  }
  if (runIds.length > MAX_HISTORY_RUNS) {
    throw new InvalidParameterValueError(
      `GetMetricHistoryBulkInterval request must specify at most ${MAX_HISTORY_RUNS} run_ids. Received ${runIds.length} run_ids.`,
    )
  }
  if (startStep === undefined && endStep === undefined) return undefined
  if (startStep === undefined || endStep === undefined) {
    throw new InvalidParameterValueError('If either start step or end step are specified, both must be specified.')
  }
  if (startStep > endStep) {
    throw new InvalidParameterValueError(
      `end_step must be greater than start_step. Found start_step=${startStep} and end_step=${endStep}.`,
    )
  }
  return { start: startStep, end: endStep }
}
