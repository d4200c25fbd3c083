import { z } from 'zod'

/** The id in the path. */
export const WorkflowRunReference = z.object({ workflow_run_id: z.string().min(1).max(64) })
