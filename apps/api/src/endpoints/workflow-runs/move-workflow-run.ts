import { type EngineStore, ResourceConflictError, type WorkflowRun, WorkflowRunResponse } from '@tidemill/core'
import { type Endpoint, endpoint } from '../../http/endpoint.ts'
import { toWorkflowRunWire } from './to-workflow-run-wire.ts'
import { WorkflowRunReference } from './workflow-run-reference.ts'

/** The moves a person makes. The engine refuses those that the state does not allow with RESOURCE_CONFLICT. */
const moves: Readonly<Record<string, (engine: EngineStore, id: string) => Promise<WorkflowRun>>> = {
  cancel: (engine, id) => engine.cancelWorkflowRun(id),
  retry: (engine, id) => engine.retryWorkflowRun(id),
  pause: (engine, id) => engine.pauseWorkflowRun(id),
  resume: (engine, id) => engine.resumeWorkflowRun(id),
  approve: async (engine, id) => {
    const { workflowRunId } = await engine.getWorkflowRun(id)
    throw new ResourceConflictError(`Nothing in workflow run '${workflowRunId}' waits for approval.`)
  },
}

export const moveWorkflowRun: readonly Endpoint[] = Object.entries(moves).map(([name, move], index) =>
  endpoint({
    id: `TM${index + 4}`,
    method: 'POST',
    path: `/workflow-runs/:workflow_run_id/${name}`,
    access: { workflowRun: 'EDIT' },
    request: WorkflowRunReference,
    response: WorkflowRunResponse,
    hasBody: false,
    handle: async ({ workflow_run_id: id }, { engine }) => ({
      workflow_run: toWorkflowRunWire(await move(engine, id)),
    }),
  }),
)
