import type { TidemillClient } from '@tidemill/sdk'
import { type CliContext, writeJson, writeLine } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import { toExitCode, toOutcomeLine } from '../following/outcome.ts'
import { watchWorkflowRun } from '../following/watch.ts'
import { onInterrupt } from '../interrupts.ts'
import { findServerUrl, toClient } from '../server/find-server.ts'
import type { ServerInUse } from '../server/own-server.ts'
import { prepareSubmission } from '../submission/prepare-submission.ts'
import type { SubmissionOptions } from '../submission/to-submission.ts'

export interface RunOptions extends SubmissionOptions {
  readonly wait?: boolean
  readonly detach?: boolean
  readonly json?: boolean
}

/** Runs a project on the server there is, or on one of its own, and shows it until it has ended. */
export const run = async (context: CliContext, uri: string, options: RunOptions): Promise<ExitCode> => {
  if (options.wait === true && options.detach === true) {
    throw new CliError("Specify only one of 'wait' or 'detach' options.")
  }
  const request = await prepareSubmission(context, uri, options)
  await using server = await openServer(context, options)
  const { workflow_run: submitted, warnings = [] } = await server.client.submitWorkflowRun(request)
  for (const warning of warnings) writeLine(context.stderr, `warning: ${warning}`)
  if (options.detach === true) {
    if (options.json === true) writeJson(context.stdout, submitted)
    else printIds(context, submitted)
    return EXIT_CODES.success
  }
  writeLine(context.stderr, `Workflow run ${submitted.workflow_run_id} (${submitted.name}) on ${server.client.url}`)
  const exitCode = await waitForEnd(context, server.client, submitted.workflow_run_id, {
    json: options.json === true,
    showsOutput: options.json !== true,
    ...(server.isOwn ? {} : { url: server.client.url }),
  })
  await waitForOthers(context, server, submitted.workflow_run_id)
  return exitCode
}

const waitForOthers = async (context: CliContext, server: ServerInUse, ownId: string): Promise<void> => {
  const abort = new AbortController()
  using _signals = onInterrupt(() => abort.abort())
  const tell = (count: number): void =>
    writeLine(context.stderr, `Waiting for ${count} other workflow run(s) on this server; Ctrl-C stops it.`)
  await server.waitForOthers(ownId, tell, abort.signal)
}

export const printIds = (context: CliContext, ids: { workflow_run_id: string; run_id: string }): void => {
  writeLine(context.stdout, `workflow run: ${ids.workflow_run_id}`)
  writeLine(context.stdout, `MLflow run:   ${ids.run_id}`)
}

/** Watches to the end and says how it was. Ctrl-C cancels the workflow run and goes on waiting for its end. */
export const waitForEnd = async (
  context: CliContext,
  client: TidemillClient,
  workflowRunId: string,
  options: { readonly json: boolean; readonly showsOutput: boolean; readonly url?: string },
): Promise<ExitCode> => {
  using _signals = onInterrupt(() => {
    writeLine(context.stderr, 'Cancelling; press Ctrl-C again to stop at once.')
    // It may have ended just now: then there is nothing to cancel, and the watch says so.
    client.cancelWorkflowRun(workflowRunId).catch(() => undefined)
  })
  const ended = await watchWorkflowRun(context, client, workflowRunId, { showsOutput: options.showsOutput })
  writeLine(context.stderr, toOutcomeLine(ended, options.url))
  if (options.json) writeJson(context.stdout, ended)
  return toExitCode(ended.state)
}

const openServer = async (context: CliContext, options: RunOptions): Promise<ServerInUse> => {
  const url = await findServerUrl(context, options)
  if (url !== undefined) {
    const { useServer } = await import('../server/own-server.ts')
    return useServer(toClient(context, options, url))
  }
  if (options.detach === true) {
    throw new CliError(
      '--detach needs a server that stays. Start one with `tidemill up`, or leave --detach away.',
      EXIT_CODES.unreachable,
    )
  }
  const { startOwnServer } = await import('../server/own-server.ts')
  return startOwnServer(context, options)
}
