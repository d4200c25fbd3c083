import { createHash } from 'node:crypto'
import { userInfo } from 'node:os'
import {
  type Idempotency,
  InvalidParameterValueError,
  planSubmission,
  SubmitWorkflowRunRequest,
  type WorkflowRun,
  WorkflowRunResponse,
} from '@tidemill/core'
import type { Caller } from '../../auth/caller.ts'
import { needsOfUri } from '../../auth/needs-of-places.ts'
import type { AppContext } from '../../context.ts'
import { endpoint } from '../../http/endpoint.ts'
import { chooseExperiment, DEFAULT_EXPERIMENT_ID } from './choose-experiment.ts'
import { toProjectTags } from './project-tags.ts'
import { toWorkflowRunWire } from './to-workflow-run-wire.ts'

const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

/** Everything is checked before anything is stored; accepted means durable. No queue is asked: the outbox is. */
export const submitWorkflowRun = endpoint({
  id: 'TM1',
  method: 'POST',
  path: '/workflow-runs',
  access: { workflowRun: 'CREATE' },
  needs: ({ experiment_id: id, experiment_name: name, parameters = {} }, { repository }) => [
    name === undefined
      ? { on: 'experiment', id: id ?? DEFAULT_EXPERIMENT_ID, level: 'EDIT' }
      : { on: 'experimentName', name, level: 'EDIT' },
    // The worker would bring these to the step.
    ...Object.values(parameters).flatMap((value) => (typeof value === 'string' ? needsOfUri(value, repository) : [])),
  ],
  request: SubmitWorkflowRunRequest,
  response: WorkflowRunResponse,
  handle: async (message, context, { request, reply }) => {
    const idempotency = toIdempotency(request.headers['idempotency-key'], message)
    reply.code(202)
    // Before the project is resolved: a repeat is answered although its repository is away or has moved on.
    const earlier = idempotency === undefined ? undefined : await context.engine.findSubmission(idempotency)
    if (earlier !== undefined) {
      const need = { on: 'workflowRun', id: earlier.workflowRunId, level: 'READ' } as const
      await context.guard.authorize(request.caller, [need])
    }
    const { workflowRun, warnings } =
      earlier === undefined
        ? await accept(message, context, idempotency, request.caller)
        : { workflowRun: earlier, warnings: [] }
    request.logFields = { workflowRunId: workflowRun.workflowRunId, runId: workflowRun.runId }
    return {
      workflow_run: toWorkflowRunWire(workflowRun),
      ...(warnings.length === 0 ? {} : { warnings: [...warnings] }),
    }
  },
})

const accept = async (
  message: SubmitWorkflowRunRequest,
  { config, engine, resolver, tracking, guard }: AppContext,
  idempotency: Idempotency | undefined,
  caller: Caller,
): Promise<{ readonly workflowRun: WorkflowRun; readonly warnings: readonly string[] }> => {
  const { source, spec, warnings } = await resolver.resolve({
    uri: message.project.uri,
    ...(message.project.version === undefined ? {} : { version: message.project.version }),
  })
  const plan = planSubmission(
    {
      parameters: toParameters(message.parameters ?? {}),
      ...(message.entry_point === undefined ? {} : { entryPoint: message.entry_point }),
      ...(message.workflow === undefined ? {} : { workflow: message.workflow }),
    },
    spec,
  )
  const userId = nameOf(caller, config.isEmbedded)
  const submitter = guard.submitterOf(caller)
  const { workflowRun } = await engine.submit({
    experimentId: await chooseExperiment(tracking, message, caller),
    source,
    spec,
    target: plan.target,
    parameters: plan.parameters,
    buildImage: message.backend_config?.build_image ?? false,
    priority: message.priority ?? 0,
    labels: message.labels ?? [],
    tags: toProjectTags(source, plan, userId),
    userId,
    ...(submitter === undefined ? {} : { submitter }),
    ...(message.run_name === undefined ? {} : { runName: message.run_name }),
    ...(message.environment_manager === undefined ? {} : { environmentManager: message.environment_manager }),
    ...(idempotency === undefined ? {} : { idempotency }),
  })
  return { workflowRun, warnings }
}

const nameOf = (caller: Caller, isEmbedded: boolean): string => {
  if (caller.kind !== 'anyone') return caller.user.username
  return isEmbedded ? userInfo().username : ''
}

/** Values as Python's `str()` writes them, because commands and params are text. */
const toParameters = (parameters: Readonly<Record<string, string | number | boolean>>): Record<string, string> =>
  Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, toText(value)]))

const toText = (value: string | number | boolean): string => {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return String(value)
}

const toIdempotency = (
  header: string | string[] | undefined,
  message: SubmitWorkflowRunRequest,
): Idempotency | undefined => {
  if (header === undefined) return undefined
  if (typeof header !== 'string' || !IDEMPOTENCY_KEY.test(header)) {
    throw new InvalidParameterValueError(
      'The Idempotency-Key header must be 1 to 255 visible ASCII characters. A random UUID will do.',
    )
  }
  return { key: header, requestHash: createHash('sha256').update(canonicalJson(message)).digest('hex') }
}

/** Keys sorted, so that the same request hashes alike whatever the order that a client wrote it in. */
const canonicalJson = (value: unknown): string =>
  JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
