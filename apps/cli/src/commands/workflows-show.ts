import type { AttemptWire, StepRunWire, WorkflowRunWire } from '@tidemill/core'
import { colors } from '../output/colors.ts'
import { type CliContext, writeJson, writeLine } from '../context.ts'
import { findWorkflowRun } from '../following/find-workflow-run.ts'
import { durationOf, formatDuration, formatTime } from '../output/duration.ts'
import { toSafeText } from '../output/safe-text.ts'
import { colorOf } from '../output/state-color.ts'
import { summarizeStep } from '../output/step-summary.ts'
import { connect } from '../server/find-server.ts'
import type { SettingOptions } from '../settings.ts'

export interface WorkflowsShowOptions extends SettingOptions {
  readonly json?: boolean
}

export const showWorkflowRun = async (
  context: CliContext,
  id: string,
  options: WorkflowsShowOptions,
): Promise<void> => {
  const run = await findWorkflowRun(await connect(context, options), id)
  if (options.json === true) writeJson(context.stdout, run)
  else for (const line of describeWorkflowRun(run, Date.now())) writeLine(context.stdout, toSafeText(line))
}

/** `now` in ms since the epoch, for what still runs. */
const describeWorkflowRun = (run: WorkflowRunWire, now: number): readonly string[] => {
  const duration = durationOf(run, now)
  const { uri, version, commit } = run.project
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['workflow run', run.workflow_run_id],
    ['name', run.name],
    ['state', colorOf(run.state)(run.state) + (run.reason === undefined ? '' : `: ${run.reason}`)],
    ['MLflow run', `${run.run_id} in experiment ${run.experiment_id}`],
    [
      'project',
      [uri, ...(version === undefined ? [] : [version]), ...(commit === undefined ? [] : [commit])].join(' '),
    ],
    ['submitted', formatTime(run.created_at)],
    ['started', run.started_at === undefined ? undefined : formatTime(run.started_at)],
    ['duration', duration === undefined ? undefined : formatDuration(duration)],
    ...Object.entries(run.parameters).map(([name, value]) => [`param ${name}`, value] as const),
  ]
  return [
    ...facts.flatMap(([name, value]) => (value === undefined ? [] : [`${colors.dim(name.padEnd(14))} ${value}`])),
    '',
    ...run.steps.flatMap((step) => describeStep(step, now)),
  ]
}

const describeStep = (step: StepRunWire, now: number): readonly string[] => {
  const needs = step.needs.length === 0 ? '' : colors.dim(` needs ${step.needs.join(', ')}`)
  const summary = summarizeStep(step, now)
  return [
    `${colors.bold(step.key)} ${colorOf(step.state)(step.state)}${summary === '' ? '' : ` (${summary})`}${needs}`,
    ...(step.reason === undefined ? [] : [`  ${step.reason}`]),
    ...(step.cells === undefined
      ? describeAttempts(step.attempts, now, '  ')
      : step.cells.flatMap((cell) => [
          `  ${step.key}-${cell.index + 1} ${colorOf(cell.state)(cell.state)} ${formatMatrix(cell.matrix)}`,
          ...describeAttempts(
            step.attempts.filter((attempt) => attempt.cell === cell.index),
            now,
            '    ',
          ),
        ])),
  ]
}

const formatMatrix = (matrix: Readonly<Record<string, string>>): string =>
  Object.entries(matrix)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')

const describeAttempts = (attempts: readonly AttemptWire[], now: number, indent: string): readonly string[] =>
  attempts.map((attempt) => {
    const duration = durationOf(attempt, now)
    const facts = [
      `attempt ${attempt.number}`,
      attempt.state,
      ...(duration === undefined ? [] : [formatDuration(duration)]),
      ...(attempt.run_id === undefined ? [] : [`run ${attempt.run_id}`]),
      ...(attempt.worker_id === undefined ? [] : [`on ${attempt.worker_id}`]),
    ]
    return `${indent}${facts.join('  ')}${attempt.reason === undefined ? '' : `\n${indent}  ${attempt.reason}`}`
  })
