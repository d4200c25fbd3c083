import type { AttemptEnd, ProjectEnvironment, StepExecution, StepObserver } from '@tidemill/core'
import { prepareEnvironment, type PreparedEnvironment } from '../environment/prepare-environment.ts'
import { activate, buildVariables, stepVariables } from '../launch/process-environment.ts'
import { launchProcess } from '../launch/process-launcher.ts'
import {
  type AttemptContext,
  enterPhase,
  type ExecutorContext,
  resolveParameters,
  STOPPED,
  toCommand,
} from './attempt-context.ts'
import type { AttemptLog } from './attempt-log.ts'
import { runInContainer } from './run-in-container.ts'
import { createWorkDirectory } from './work-directory.ts'

/** Fetch, environment, command. Throws what `toAttemptEnd` explains, or the signal's reason. */
export const runAttempt = async (
  executor: ExecutorContext,
  execution: StepExecution,
  observer: StepObserver,
  log: AttemptLog,
  signal: AbortSignal,
): Promise<AttemptEnd> => {
  const { source, spec, attemptId } = execution
  await using work = await createWorkDirectory(executor.dataDirectory, attemptId)
  if (!(await enterPhase(observer, 'fetching', signal))) return STOPPED
  log.system(`Fetching ${source.uri}${source.commit === undefined ? '' : ` at ${source.commit}`}`)
  const projectDirectory = await executor.fetchProject(source, work.projectTarget, signal)
  const attempt: AttemptContext = { ...executor, execution, observer, log, signal, work, projectDirectory }

  if (!(await enterPhase(observer, 'building', signal))) return STOPPED
  // Awaited here: the work directory goes when this function returns.
  return spec.environment.kind === 'docker'
    ? await runInContainer(attempt, spec.environment)
    : await runOnHost(attempt, spec.environment)
}

const runOnHost = async (
  attempt: AttemptContext,
  environment: Exclude<ProjectEnvironment, { kind: 'docker' }>,
): Promise<AttemptEnd> => {
  const { execution, observer, log, signal, projectDirectory, executorId } = attempt
  const { attemptId, timeoutMs } = execution
  const prepared = await prepare(attempt, environment)
  if (prepared !== undefined) await observer.onTags({ 'mlflow.project.env': prepared.manager })
  const command = toCommand(attempt, await resolveParameters(attempt))

  if (!(await enterPhase(observer, 'executing', signal))) return STOPPED
  log.system(`Running ${command}`)
  const handle = await launchProcess({
    command: ['bash', '-c', command],
    workDirectory: projectDirectory,
    variables: commandVariables(attempt, prepared),
    attemptId,
    executorId,
    graceMs: attempt.graceMs,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    onLine: log.line,
    signal,
  })
  return handle.wait()
}

const prepare = (
  attempt: AttemptContext,
  environment: Exclude<ProjectEnvironment, { kind: 'docker' }>,
): Promise<PreparedEnvironment | undefined> => {
  const { execution, log, signal, work, executorId, dataDirectory, projectDirectory } = attempt
  const { environmentManager, attemptId } = execution
  return prepareEnvironment({
    environment,
    ...(environmentManager === undefined ? {} : { manager: environmentManager }),
    projectDirectory,
    dataDirectory,
    tool: {
      attemptId,
      executorId,
      variables: buildVariables(attempt.environmentPolicy, work),
      graceMs: attempt.graceMs,
      timeoutMs: attempt.buildTimeoutMs,
      signal,
      onLine: log.system,
    },
  })
}

/** Python holds output back when nobody watches a terminal; live logs want each line at once. */
const LIVE_OUTPUT = { PYTHONUNBUFFERED: '1' }

const commandVariables = (
  { execution, environmentPolicy, work }: AttemptContext,
  prepared: PreparedEnvironment | undefined,
): Record<string, string> => {
  const own = { ...LIVE_OUTPUT, ...stepVariables(environmentPolicy, work) }
  return { ...(prepared === undefined ? own : activate(own, prepared.directory)), ...execution.variables }
}
