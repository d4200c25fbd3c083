import {
  InvalidParameterValueError,
  SearchWorkflowRunsQuery,
  SearchWorkflowRunsResponse,
  WORKFLOW_RUN_STATES,
  type WorkflowRunState,
} from '@tidemill/core'
import { shownTo } from '../../auth/shown-to.ts'
import { endpoint } from '../../http/endpoint.ts'
import { toWorkflowRunWire } from './to-workflow-run-wire.ts'

export const searchWorkflowRuns = endpoint({
  id: 'TM3',
  method: 'GET',
  path: '/workflow-runs',
  access: { workflowRun: 'READ' },
  needs: () => [],
  request: SearchWorkflowRunsQuery,
  response: SearchWorkflowRunsResponse,
  handle: async (query, { engine, guard }, { request }) => {
    const { items, nextPageToken } = await engine.searchWorkflowRuns({
      maxResults: query.max_results,
      ...shownTo(guard, request),
      ...((query.state ?? '') === '' ? {} : { states: parseStates(query.state ?? '') }),
      ...((query.experiment_id ?? '') === '' ? {} : { experimentId: query.experiment_id ?? '' }),
      ...((query.page_token ?? '') === '' ? {} : { pageToken: query.page_token ?? '' }),
    })
    return {
      workflow_runs: items.map(toWorkflowRunWire),
      ...(nextPageToken === undefined ? {} : { next_page_token: nextPageToken }),
    }
  },
})

const parseStates = (text: string): WorkflowRunState[] =>
  text.split(',').map((name) => {
    const state = WORKFLOW_RUN_STATES.find((each) => each === name.trim().toUpperCase())
    if (state !== undefined) return state
    throw new InvalidParameterValueError(
      `Invalid value "${name}" for parameter 'state' supplied: it is none of ${WORKFLOW_RUN_STATES.join(', ')}. Join several with commas.`,
    )
  })
