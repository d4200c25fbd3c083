import { WorkflowRunResponse } from '@tidemill/core'
import { endpoint } from '../../http/endpoint.ts'
import { toWorkflowRunWire } from './to-workflow-run-wire.ts'
import { WorkflowRunReference } from './workflow-run-reference.ts'

export const getWorkflowRun = endpoint({
  id: 'TM2',
  method: 'GET',
  path: '/workflow-runs/:workflow_run_id',
  access: { workflowRun: 'READ' },
  request: WorkflowRunReference,
  response: WorkflowRunResponse,
  handle: async ({ workflow_run_id: id }, { engine }) => ({
    workflow_run: toWorkflowRunWire(await engine.getWorkflowRun(id)),
  }),
})
