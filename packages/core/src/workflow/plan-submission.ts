import { InvalidParameterValueError } from '../errors.ts'
import { DEFAULT_ENTRY_POINT, resolveEntryPoint } from '../project/entry-point.ts'
import { didYouMean, listNames } from '../project/nearest-name.ts'
import { resolveDeclared, resolveParameters, type ParameterValue } from '../project/parameters.ts'
import type { ProjectSpec, WorkflowDefinition } from '../project/project.ts'
import type { WorkflowTarget } from './workflow-run.ts'

/** What runs when neither a workflow nor an entry point is named, if the project defines it. */
export const DEFAULT_WORKFLOW = 'main'

export interface SubmissionRequest {
  readonly entryPoint?: string
  readonly workflow?: string
  readonly parameters: Readonly<Record<string, string>>
}

export interface SubmissionPlan {
  readonly target: WorkflowTarget
  /** Final values, defaults included, in declaration order; then the extra ones of an entry point. */
  readonly parameters: Readonly<Record<string, string>>
  /** Of the workflow or entry point. */
  readonly name: string
}

/**
 * What a submission means for this project: the workflow named, the entry point named, or else workflow `main`, or else
 * entry point `main`. Throws InvalidParameterValueError for an unknown target and for parameters that do not fit it.
 */
export const planSubmission = (request: SubmissionRequest, spec: ProjectSpec): SubmissionPlan => {
  if (request.entryPoint !== undefined && request.workflow !== undefined) {
    throw new InvalidParameterValueError(
      `Both an entry point ('${request.entryPoint}') and a workflow ('${request.workflow}') were given. Name only one.`,
    )
  }
  const given = Object.entries(request.parameters).map(([name, value]) => ({ name, value }))
  if (request.entryPoint === undefined) {
    const workflow = findWorkflow(request.workflow, spec)
    if (workflow !== undefined) return planWorkflow(workflow, given)
  }
  const entryPoint = resolveEntryPoint(spec, request.entryPoint ?? DEFAULT_ENTRY_POINT)
  return {
    target: { kind: 'entry_point', entryPoint: entryPoint.name },
    parameters: toRecord(resolveParameters(entryPoint, given)),
    name: entryPoint.name,
  }
}

const findWorkflow = (name: string | undefined, spec: ProjectSpec): WorkflowDefinition | undefined => {
  const found = spec.workflows.find((workflow) => workflow.name === (name ?? DEFAULT_WORKFLOW))
  if (found !== undefined || name === undefined) return found
  const names = spec.workflows.map((workflow) => workflow.name)
  throw new InvalidParameterValueError(
    names.length === 0
      ? `Could not find workflow '${name}': the project defines no workflows. Name an entry point instead, or add a workflows key to its MLproject file.`
      : `Could not find workflow '${name}' among the workflows ${listNames(names)}. ${suggest(name, names)}`,
  )
}

const planWorkflow = (workflow: WorkflowDefinition, given: readonly ParameterValue[]): SubmissionPlan => {
  const names = workflow.parameters.map(({ name }) => name)
  const unknown = given.filter(({ name }) => !names.includes(name))
  const first = unknown[0]
  if (first !== undefined) {
    throw new InvalidParameterValueError(
      `Workflow '${workflow.name}' has no ${unknown.length === 1 ? 'parameter' : 'parameters'} ${listNames(unknown.map(({ name }) => name))}. ` +
        (names.length === 0
          ? 'It declares none: leave them out, or declare them under its parameters.'
          : `It declares ${listNames(names)}. ${suggest(first.name, names)}`),
    )
  }
  return {
    target: { kind: 'workflow', workflow },
    parameters: toRecord(resolveDeclared(workflow.parameters, given)),
    name: workflow.name,
  }
}

const suggest = (name: string, names: readonly string[]): string => {
  const suggestion = didYouMean(name, names)
  return suggestion === undefined ? 'Use one of these.' : `D${suggestion.slice(1)}`
}

/** From entries, so that a parameter called `__proto__` stays an ordinary one. */
const toRecord = (values: readonly ParameterValue[]): Record<string, string> =>
  Object.fromEntries(values.map(({ name, value }) => [name, value]))
