import { launchProcess } from './process-launcher.ts'
import type { Variables } from './process-environment.ts'

const KEPT_LINES = 20

/** What the tools that prepare an attempt share: whose they are, and where their output goes. */
export interface ToolContext {
  readonly attemptId: string
  readonly executorId: string
  readonly variables: Variables
  readonly graceMs: number
  /** Of one tool, in ms. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly onLine: (text: string) => void
}

export interface ToolResult {
  readonly isSuccess: boolean
  /** Why it failed, for people: how it ended and its last 20 lines. */
  readonly problem: string
}

/** Runs a tool to its end, its lines given to `onLine`. Rejects with the signal's reason when that aborts. */
export const runTool = async (
  context: ToolContext,
  command: readonly [string, ...string[]],
  workDirectory: string,
): Promise<ToolResult> => {
  const lines: string[] = []
  const handle = await launchProcess({
    ...context,
    command,
    workDirectory,
    onLine: (_stream, text) => {
      lines.push(text)
      if (lines.length > KEPT_LINES) lines.shift()
      context.onLine(text)
    },
  })
  const end = await handle.wait()
  context.signal.throwIfAborted()
  const reason = end.reason?.replace('The command', `'${command.slice(0, 3).join(' ')}…'`) ?? ''
  return { isSuccess: end.kind === 'succeeded', problem: [reason, ...lines].join('\n') }
}
