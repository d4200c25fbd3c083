import { type CliContext, writeJson, writeLine } from '../context.ts'
import { CliError } from '../errors.ts'
import { EXIT_CODES, type ExitCode } from '../exit-codes.ts'
import { connect } from '../server/find-server.ts'
import { prepareSubmission } from '../submission/prepare-submission.ts'
import type { SubmissionOptions } from '../submission/to-submission.ts'
import { printIds, waitForEnd } from './run.ts'

export interface SubmitOptions extends SubmissionOptions {
  readonly wait?: boolean
  readonly detach?: boolean
  readonly json?: boolean
  readonly idempotencyKey?: string
}

/** Hands a project to the server; with `--wait` stays until the end. */
export const submit = async (context: CliContext, uri: string, options: SubmitOptions): Promise<ExitCode> => {
  if (options.wait === true && options.detach === true) {
    throw new CliError("Specify only one of 'wait' or 'detach' options.")
  }
  const request = await prepareSubmission(context, uri, options)
  const client = await connect(context, options)
  const { workflow_run: submitted, warnings = [] } = await client.submitWorkflowRun(
    request,
    options.idempotencyKey === undefined ? {} : { idempotencyKey: options.idempotencyKey },
  )
  for (const warning of warnings) writeLine(context.stderr, `warning: ${warning}`)
  const isWaiting = options.wait === true
  if (options.json !== true) printIds(context, submitted)
  else if (!isWaiting) writeJson(context.stdout, submitted)
  if (!isWaiting) return EXIT_CODES.success
  return waitForEnd(context, client, submitted.workflow_run_id, {
    json: options.json === true,
    showsOutput: options.json !== true,
    url: client.url,
  })
}
