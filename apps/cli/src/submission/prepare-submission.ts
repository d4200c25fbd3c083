import type { SubmitWorkflowRunRequest } from '@tidemill/core'
import { type CliContext, writeLine } from '../context.ts'
import { resolvePathValues } from './resolve-path-values.ts'
import { type SubmissionOptions, toSubmission } from './to-submission.ts'

/** What the options say to run, as the server takes it; warns on stderr. Throws CliError. */
export const prepareSubmission = async (
  context: CliContext,
  uri: string,
  options: SubmissionOptions,
): Promise<SubmitWorkflowRunRequest> => {
  const request = toSubmission(uri, options, context.environment, context.workingDirectory)
  if (options.storageDir !== undefined) {
    writeLine(
      context.stderr,
      'warning: --storage-dir is not needed: files of path parameters are downloaded below the data directory of the worker.',
    )
  }
  return resolvePathValues(request, context.workingDirectory)
}
