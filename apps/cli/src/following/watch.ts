import type { WorkflowRunWire } from '@tidemill/core'
import type { TidemillClient } from '@tidemill/sdk'
import { type CliContext, writeLine } from '../context.ts'
import { createLiveProgress } from '../output/live-progress.ts'
import { createPlainProgress } from '../output/plain-progress.ts'
import type { Progress } from '../output/progress.ts'
import { toSafeText } from '../output/safe-text.ts'
import { followWorkflowRun } from './follow-workflow-run.ts'

export interface WatchOptions {
  /** Write what the steps print to stdout. Tidemill's own lines are progress and go to stderr. */
  readonly showsOutput: boolean
}

/** Shows a workflow run on the terminal until it has ended, and answers its last state. */
export const watchWorkflowRun = async (
  context: CliContext,
  client: TidemillClient,
  workflowRunId: string,
  options: WatchOptions,
): Promise<WorkflowRunWire> => {
  const progress = createProgress(context)
  const toText = context.stdout.isTTY ? toSafeText : (text: string): string => text
  try {
    return await followWorkflowRun(client, workflowRunId, {
      onUpdate: (run) => progress.onUpdate(run),
      onLine: (line, attempt) => {
        if (line.stream === 'system') progress.onPhaseLine(line, attempt)
        else if (options.showsOutput) {
          const prefix = attempt.label === '' ? '' : `[${attempt.label}] `
          progress.print(() => writeLine(context.stdout, `${prefix}${toText(line.text)}`), attempt)
        }
      },
    })
  } finally {
    progress.stop()
  }
}

const createProgress = ({ stderr }: CliContext): Progress =>
  stderr.isTTY ? createLiveProgress(stderr) : createPlainProgress(stderr)
