import { ListWorkersResponse } from '@tidemill/core'
import { z } from 'zod'
import { endpoint } from '../../http/endpoint.ts'

/** Every worker, but of what they run only what the caller may read. */
export const listWorkers = endpoint({
  id: 'TM10',
  method: 'GET',
  path: '/workers',
  access: { server: 'READ' },
  request: z.object({}),
  response: ListWorkersResponse,
  handle: async (_message, { engine, guard }, { request }) => {
    const workers = await engine.listWorkers()
    const readable = await guard.readableWorkflowRuns(
      request.caller,
      workers.flatMap(({ attempts }) => attempts.map(({ workflowRunId }) => workflowRunId)),
    )
    return {
      workers: workers.map((worker) => ({
        worker_id: worker.workerId,
        host: worker.host,
        pid: worker.pid,
        concurrency: worker.concurrency,
        started_at: worker.startedAt,
        last_seen_at: worker.lastSeenAt,
        is_alive: worker.isAlive,
        attempts: worker.attempts
          .filter(({ workflowRunId }) => readable.has(workflowRunId))
          .map((attempt) => ({
            attempt_id: attempt.attemptId,
            workflow_run_id: attempt.workflowRunId,
            step_key: attempt.stepKey,
            state: attempt.state,
          })),
      })),
    }
  },
})
