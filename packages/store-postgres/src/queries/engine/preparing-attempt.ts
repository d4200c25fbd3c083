import type { Tag } from '@tidemill/core'
import type { ExperimentKey } from '../../tables/experiment.ts'
import { ATTEMPT_TAG, PARENT_RUN_ID_TAG, STEP_KEY_TAG, WORKFLOW_RUN_ID_TAG } from './run-tags.ts'

/** What the run of an attempt is tagged after. `…_key` are keys inside the database. */
export interface PreparingAttempt {
  readonly step_cell_key: number
  readonly number: number
  readonly step_key: string
  readonly workflow_run_id: string
  readonly target: 'workflow' | 'entry_point'
  readonly root_run_id: string
  readonly experiment_id: ExperimentKey
}

/** Tags of a run below the workflow run's own. */
export const childTags = (attempt: PreparingAttempt): Tag[] => [
  { key: PARENT_RUN_ID_TAG, value: attempt.root_run_id },
  { key: WORKFLOW_RUN_ID_TAG, value: attempt.workflow_run_id },
  { key: STEP_KEY_TAG, value: attempt.step_key },
  { key: ATTEMPT_TAG, value: String(attempt.number) },
]
