import { didYouMean, listNames } from '../project/nearest-name.ts'
import { MAX_PARAM_VALUE_LENGTH } from '../run/value-limits.ts'
import type { Placed, PlacedStep } from './definition.ts'
import { countCells, findingAt, showName, toNeeds, type GraphRule, type PlacedFinding } from './graph-rule.ts'
import { parseReferences, type Reference } from './references.ts'
import { findUpstream } from './step-graph.ts'

/** Length of a run id and the comma after it, as `run_ids` joins them. */
const RUN_ID_LENGTH = 33

type StepReference = Extract<Reference, { readonly step: string }>

export const malformedReferenceRule: GraphRule = ({ steps }) =>
  steps.flatMap((step) =>
    step.parameters.flatMap(({ value }) =>
      parseReferences(value.value)
        .filter((part) => part.kind === 'malformed')
        .map(({ message, hint }) => findingAt(value, message, hint)),
    ),
  )

export const workflowParameterReferenceRule: GraphRule = ({ parameters, steps }) => {
  const names = parameters.map(({ name }) => name)
  return judgeReferences(steps, (reference, place) => {
    if (reference.kind !== 'workflow_parameter' || names.includes(reference.name)) return undefined
    const hint = names.length === 0 ? 'the workflow declares none' : `the workflow declares ${listNames(names)}`
    const message = `unknown workflow parameter ${showName(reference.name)}`
    return findingAt(place, message, didYouMean(reference.name, names) ?? hint)
  })
}

export const matrixReferenceRule: GraphRule = ({ steps }) =>
  judgeReferences(steps, (reference, place, step) => {
    const names = (step.matrix?.value ?? []).map(({ name }) => name.value)
    if (reference.kind !== 'matrix' || names.includes(reference.name)) return undefined
    const hint = names.length === 0 ? 'the step has no matrix' : `the matrix of the step has ${listNames(names)}`
    return findingAt(
      place,
      `unknown matrix name ${showName(reference.name)}`,
      didYouMean(reference.name, names) ?? hint,
    )
  })

export const stepReferenceRule: GraphRule = ({ steps }) => {
  const keys = steps.map(({ key }) => key.value)
  return judgeStepReferences(steps, (reference, place) => {
    if (keys.includes(reference.step)) return undefined
    const hint = didYouMean(reference.step, keys) ?? `the steps are ${listNames(keys)}`
    return findingAt(place, `reference to unknown step ${showName(reference.step)}`, hint)
  })
}

export const upstreamReferenceRule: GraphRule = ({ steps }) => {
  const needs = toNeeds(steps)
  const upstream = new Map<string, ReadonlySet<string>>()
  return judgeStepReferences(steps, (reference, place, step) => {
    if (!needs.has(reference.step)) return undefined
    const own = upstream.get(step.key.value) ?? findUpstream(needs, step.key.value)
    // One at a time: a thousand steps would keep a million keys.
    upstream.clear()
    upstream.set(step.key.value, own)
    if (own.has(reference.step)) return undefined
    const message = `reference to step ${showName(reference.step)}, which may not have run before step ${showName(step.key.value)}`
    return findingAt(place, message, `add '${reference.step}' to its needs`)
  })
}

export const singleRunReferenceRule: GraphRule = ({ steps }) => {
  const withMatrix = new Set(steps.filter(({ matrix }) => matrix !== undefined).map(({ key }) => key.value))
  return judgeStepReferences(steps, (reference, place) => {
    if (reference.kind === 'run_ids' || !withMatrix.has(reference.step)) return undefined
    const message = `step ${showName(reference.step)} has a matrix, so it has one run per combination and not a single ${reference.kind === 'run_id' ? 'run_id' : `one with ${reference.kind}`}`
    return findingAt(place, message, `use \${{ steps.${reference.step}.run_ids }}`)
  })
}

/** All run ids of a step in one value must fit into MLflow's limit of a param value. */
export const runIdsLengthRule: GraphRule = ({ steps }) => {
  const cells = new Map(steps.map((step) => [step.key.value, countCells(step)]))
  return judgeStepReferences(steps, (reference, place) => {
    const length = (cells.get(reference.step) ?? 0) * RUN_ID_LENGTH - 1
    if (reference.kind !== 'run_ids' || length <= MAX_PARAM_VALUE_LENGTH) return undefined
    const message = `the run ids of step ${showName(reference.step)} are ${length} characters, a parameter value holds at most ${MAX_PARAM_VALUE_LENGTH}`
    const most = Math.floor((MAX_PARAM_VALUE_LENGTH + 1) / RUN_ID_LENGTH)
    return findingAt(place, message, `keep its matrix to ${most} combinations, or search for its runs by tag`)
  })
}

type Judge<R extends Reference> = (reference: R, place: Placed<string>, step: PlacedStep) => PlacedFinding | undefined

const judgeReferences = (steps: readonly PlacedStep[], judge: Judge<Reference>): PlacedFinding[] =>
  steps.flatMap((step) =>
    step.parameters.flatMap(({ value }) =>
      parseReferences(value.value).flatMap((part) => {
        const finding = part.kind === 'reference' ? judge(part.reference, value, step) : undefined
        return finding === undefined ? [] : [finding]
      }),
    ),
  )

const judgeStepReferences = (steps: readonly PlacedStep[], judge: Judge<StepReference>): PlacedFinding[] =>
  judgeReferences(steps, (reference, place, step) => ('step' in reference ? judge(reference, place, step) : undefined))
