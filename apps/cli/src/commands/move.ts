import type { WorkflowRunWire } from '@tidemill/core'
import type { TidemillClient } from '@tidemill/sdk'
import { type CliContext, writeJson, writeLine } from '../context.ts'
import { findWorkflowRun } from '../following/find-workflow-run.ts'
import { connect } from '../server/find-server.ts'
import type { SettingOptions } from '../settings.ts'

export interface MoveOptions extends SettingOptions {
  readonly json?: boolean
}

type Move = (client: TidemillClient, workflowRunId: string) => Promise<WorkflowRunWire>

const MOVES: Readonly<Record<'cancel' | 'retry' | 'pause' | 'resume', Move>> = {
  cancel: (client, id) => client.cancelWorkflowRun(id),
  retry: (client, id) => client.retryWorkflowRun(id),
  pause: (client, id) => client.pauseWorkflowRun(id),
  resume: (client, id) => client.resumeWorkflowRun(id),
}

/** Cancels, retries, pauses or resumes a workflow run and prints the state it then has. */
export const moveWorkflowRun = async (
  context: CliContext,
  move: keyof typeof MOVES,
  id: string,
  options: MoveOptions,
): Promise<void> => {
  const client = await connect(context, options)
  const moved = await MOVES[move](client, (await findWorkflowRun(client, id)).workflow_run_id)
  if (options.json === true) writeJson(context.stdout, moved)
  else writeLine(context.stdout, `${moved.workflow_run_id} ${moved.state}`)
}
