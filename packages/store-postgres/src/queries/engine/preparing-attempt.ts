import type { Tag } from '@tidemill/core'
import { ATTEMPT_TAG, PARENT_RUN_ID_TAG, STEP_KEY_TAG, WORKFLOW_RUN_ID_TAG } from './run-tags.ts'

/** What an attempt's MLflow run is named and tagged after. `…_key` are keys inside the database. */
export interface PreparingAttempt {
  readonly attempt_key: number
  readonly step_cell_key: number
  readonly number: number
  readonly cell_index: number
  readonly cell_count: number
  readonly step_key: string
  readonly workflow_run_id: string
  readonly target: 'workflow' | 'entry_point'
  readonly root_run_id: string
  readonly experiment_id: number
  readonly user_id: string
}

/** `train`, `train-2` for the second cell of a matrix, `train-2 (attempt 3)`. */
export const childRunName = ({ step_key, cell_count, cell_index, number }: PreparingAttempt): string => {
  const cell = cell_count === 1 ? '' : `-${cell_index + 1}`
  return `${step_key}${cell}${number === 1 ? '' : ` (attempt ${number})`}`
}

/** Tags of a run below the workflow run's own. */
export const childTags = (attempt: PreparingAttempt): Tag[] => [
  { key: PARENT_RUN_ID_TAG, value: attempt.root_run_id },
  { key: WORKFLOW_RUN_ID_TAG, value: attempt.workflow_run_id },
  { key: STEP_KEY_TAG, value: attempt.step_key },
  { key: ATTEMPT_TAG, value: String(attempt.number) },
]
