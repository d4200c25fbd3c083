import type { LogLineWire, WorkflowRunWire } from '@tidemill/core'
import { ApiError, type TidemillClient } from '@tidemill/sdk'
import { type CliContext, writeLine } from '../context.ts'
import { CliError } from '../errors.ts'
import { findWorkflowRun } from '../following/find-workflow-run.ts'
import { followWorkflowRun } from '../following/follow-workflow-run.ts'
import { listAttempts, type StepAttempt } from '../following/list-attempts.ts'
import { toSafeText } from '../output/safe-text.ts'
import { connect } from '../server/find-server.ts'
import { parseInteger } from '../setting-value.ts'
import type { SettingOptions } from '../settings.ts'

export interface LogsOptions extends SettingOptions {
  readonly follow?: boolean
  readonly step?: string
  readonly cell?: string
  readonly attempt?: string
  readonly json?: boolean
}

type Print = (line: LogLineWire, label: string, attemptId: string) => void

/** Prints the logs of a workflow run, or of one attempt when the id is that of an attempt. */
export const printLogs = async (context: CliContext, id: string, options: LogsOptions): Promise<void> => {
  const client = await connect(context, options)
  const print = createPrint(context, options)
  const wants = toFilter(options)
  if (await printAttempt(client, id, options, print)) return
  const run = await findWorkflowRun(client, id)
  checkStep(run, options.step)
  if (options.follow === true) {
    await followWorkflowRun(client, run.workflow_run_id, {
      onUpdate: () => undefined,
      onLine: (line, { label, attempt }) => print(line, label, attempt.attempt_id),
      wants,
    })
    return
  }
  for (const { attempt, label, ...rest } of listAttempts(run)) {
    if (!wants({ attempt, label, ...rest })) continue
    for await (const line of readWhole(client, attempt.attempt_id)) print(line, label, attempt.attempt_id)
  }
}

/** False when there is no such attempt. */
const printAttempt = async (
  client: TidemillClient,
  id: string,
  options: LogsOptions,
  print: Print,
): Promise<boolean> => {
  const lines = options.follow === true ? client.followLogs(id) : readWhole(client, id)
  try {
    for await (const line of lines) print(line, '', id)
    return true
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return false
    throw error
  }
}

async function* readWhole(client: TidemillClient, attemptId: string): AsyncGenerator<LogLineWire> {
  let from = 1
  for (;;) {
    const { lines, next } = await client.readLogs(attemptId, { from })
    yield* lines
    if (lines.length === 0) return
    from = next
  }
}

const toFilter = (options: LogsOptions): ((attempt: StepAttempt) => boolean) => {
  const cell =
    options.cell === undefined ? undefined : parseInteger({ value: options.cell, origin: '--cell' }, 1, 100_000)
  const number =
    options.attempt === undefined ? undefined : parseInteger({ value: options.attempt, origin: '--attempt' }, 1, 1000)
  return ({ step, attempt }) =>
    (options.step === undefined || step.key === options.step) &&
    (cell === undefined || (attempt.cell ?? 0) + 1 === cell) &&
    (number === undefined || attempt.number === number)
}

const checkStep = (run: WorkflowRunWire, key: string | undefined): void => {
  if (key === undefined || run.steps.some((step) => step.key === key)) return
  const keys = run.steps.map((step) => step.key).join(', ')
  throw new CliError(`Workflow run ${run.workflow_run_id} has no step '${key}'. Its steps: ${keys}.`)
}

const createPrint = (context: CliContext, options: LogsOptions): Print => {
  if (options.json === true) {
    return (line, _label, attemptId) => writeLine(context.stdout, JSON.stringify({ attempt_id: attemptId, ...line }))
  }
  const toText = context.stdout.isTTY ? toSafeText : (text: string): string => text
  return (line, label) => writeLine(context.stdout, `${label === '' ? '' : `[${label}] `}${toText(line.text)}`)
}
