import type { EntryPointParameter, RetryPolicy, WorkflowDefinition } from '../project/project.ts'

/** A value with where it stands in its document; line and column start at 1. */
export interface Placed<T> {
  readonly value: T
  readonly line: number
  readonly column: number
}

/** A workflow as written, its rules not yet checked: what the rules of graph-rules.ts judge. */
export interface PlacedWorkflow {
  readonly name: Placed<string>
  readonly parameters: readonly EntryPointParameter[]
  readonly steps: readonly PlacedStep[]
}

export interface PlacedStep {
  readonly key: Placed<string>
  /** `''` when it is missing, which the reader of the document has reported. */
  readonly entryPoint: Placed<string>
  readonly needs: readonly Placed<string>[]
  readonly parameters: readonly { readonly name: Placed<string>; readonly value: Placed<string> }[]
  /** Absent: no `matrix` key. An empty one is a mistake that a rule names. */
  readonly matrix?: Placed<readonly { readonly name: Placed<string>; readonly values: readonly Placed<string>[] }[]>
  readonly retry: { readonly attempts: Placed<number> } & Omit<RetryPolicy, 'attempts'>
  readonly timeoutMs?: number
}

/** What is left when every rule was content. */
export const toWorkflowDefinition = (workflow: PlacedWorkflow): WorkflowDefinition => ({
  name: workflow.name.value,
  parameters: workflow.parameters,
  steps: workflow.steps.map((step) => ({
    key: step.key.value,
    entryPoint: step.entryPoint.value,
    needs: step.needs.map((need) => need.value),
    parameters: step.parameters.map(({ name, value }) => ({ name: name.value, value: value.value })),
    matrix: (step.matrix?.value ?? []).map(({ name, values }) => ({
      name: name.value,
      values: values.map(({ value }) => value),
    })),
    retry: { ...step.retry, attempts: step.retry.attempts.value },
    ...(step.timeoutMs === undefined ? {} : { timeoutMs: step.timeoutMs }),
  })),
})
