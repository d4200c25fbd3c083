import type { Finding } from '../errors.ts'
import type { EntryPoint } from '../project/project.ts'
import type { Placed, PlacedStep, PlacedWorkflow } from './definition.ts'
import type { StepNeeds } from './step-graph.ts'

/** A finding in the document that the definition came from. */
export type PlacedFinding = Omit<Finding, 'file'>

/** One thing that has to hold for a workflow of a project with these entry points. */
export type GraphRule = (workflow: PlacedWorkflow, entryPoints: readonly EntryPoint[]) => PlacedFinding[]

export const findingAt = (place: Placed<unknown>, message: string, hint?: string): PlacedFinding => ({
  line: place.line,
  column: place.column,
  message,
  ...(hint === undefined ? {} : { hint }),
})

/** A name in quotes, cut to a readable length. */
export const showName = (name: string): string => `'${name.length > 80 ? `${name.slice(0, 77)}...` : name}'`

export const toNeeds = (steps: readonly PlacedStep[]): StepNeeds =>
  new Map(steps.map((step) => [step.key.value, step.needs.map(({ value }) => value)]))

/** Combinations of the step's matrix, counted without making them. */
export const countCells = ({ matrix }: PlacedStep): number =>
  (matrix?.value ?? []).reduce((product, { values }) => product * values.length, 1)
