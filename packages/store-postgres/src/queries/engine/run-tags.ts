/** Tags that tie MLflow runs to the engine. */
export const WORKFLOW_RUN_ID_TAG = 'tidemill.workflowRunId'
export const STEP_KEY_TAG = 'tidemill.stepKey'
export const ATTEMPT_TAG = 'tidemill.attempt'
/** Why a run did not finish. */
export const REASON_TAG = 'tidemill.reason'
/** MLflow's tag of a child run. */
export const PARENT_RUN_ID_TAG = 'mlflow.parentRunId'
