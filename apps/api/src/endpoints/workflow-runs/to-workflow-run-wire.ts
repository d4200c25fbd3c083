import type { Attempt, AttemptWire, StepRun, StepRunWire, WorkflowRun, WorkflowRunWire } from '@tidemill/core'

export const toWorkflowRunWire = (workflowRun: WorkflowRun): WorkflowRunWire => {
  const { source } = workflowRun
  return {
    workflow_run_id: workflowRun.workflowRunId,
    run_id: workflowRun.runId,
    experiment_id: workflowRun.experimentId,
    name: workflowRun.name,
    state: workflowRun.state,
    ...(workflowRun.reason === undefined ? {} : { reason: workflowRun.reason }),
    project: {
      uri: source.uri,
      ...(source.version === undefined ? {} : { version: source.version }),
      ...(source.commit === undefined ? {} : { commit: source.commit }),
    },
    parameters: workflowRun.parameters,
    created_at: workflowRun.createdAt,
    ...(workflowRun.startedAt === undefined ? {} : { started_at: workflowRun.startedAt }),
    ...(workflowRun.endedAt === undefined ? {} : { ended_at: workflowRun.endedAt }),
    steps: workflowRun.steps.map(toStepRunWire),
  }
}

/** The attempts of all cells in one list; only a matrix step names its cells. */
const toStepRunWire = (step: StepRun): StepRunWire => {
  const isMatrix = step.cells.some(({ matrix }) => Object.keys(matrix).length > 0)
  return {
    key: step.key,
    state: step.state,
    ...(step.reason === undefined ? {} : { reason: step.reason }),
    needs: [...step.needs],
    ...(isMatrix
      ? {
          cells: step.cells.map(({ index, matrix, state, reason }) => ({
            index,
            matrix,
            state,
            ...(reason === undefined ? {} : { reason }),
          })),
        }
      : {}),
    attempts: step.cells.flatMap((cell) =>
      cell.attempts.map((attempt) => ({ ...toAttemptWire(attempt), ...(isMatrix ? { cell: cell.index } : {}) })),
    ),
  }
}

const toAttemptWire = (attempt: Attempt): AttemptWire => ({
  attempt_id: attempt.attemptId,
  number: attempt.number,
  state: attempt.state,
  ...(attempt.workerId === undefined ? {} : { worker_id: attempt.workerId }),
  ...(attempt.runId === undefined ? {} : { run_id: attempt.runId }),
  ...(attempt.exitCode === undefined ? {} : { exit_code: attempt.exitCode }),
  ...(attempt.reason === undefined ? {} : { reason: attempt.reason }),
  queued_at: attempt.queuedAt,
  ...(attempt.startedAt === undefined ? {} : { started_at: attempt.startedAt }),
  ...(attempt.endedAt === undefined ? {} : { ended_at: attempt.endedAt }),
})
