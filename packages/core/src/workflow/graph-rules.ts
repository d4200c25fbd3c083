import { didYouMean, listNames } from '../project/nearest-name.ts'
import type { Placed, PlacedStep } from './definition.ts'
import { countCells, findingAt, showName, toNeeds, type GraphRule } from './graph-rule.ts'
import { findCycles, findDepth } from './step-graph.ts'

const MAX_STEPS = 1000
const MAX_DEPTH = 100
const MAX_CELLS_PER_WORKFLOW = 10_000

const KEY = /^[A-Za-z_][A-Za-z0-9_-]{0,62}$/
const KEY_HINT = 'start with a letter or _, go on with letters, digits, _ and -, at most 63 characters'

export const workflowNameRule: GraphRule = ({ name }) =>
  KEY.test(name.value) ? [] : [findingAt(name, `workflow name ${showName(name.value)} is not allowed`, KEY_HINT)]

export const stepKeyRule: GraphRule = ({ steps }) =>
  steps
    .filter(({ key }) => !KEY.test(key.value))
    .map(({ key }) => findingAt(key, `step key ${showName(key.value)} is not allowed`, KEY_HINT))

export const stepCountRule: GraphRule = ({ name, steps }) => {
  const workflow = `workflow ${showName(name.value)}`
  if (steps.length === 0) return [findingAt(name, `${workflow} has no steps`, 'add at least one under steps')]
  if (steps.length <= MAX_STEPS) return []
  const message = `${workflow} has ${steps.length} steps, at most ${MAX_STEPS} are allowed`
  return [findingAt(name, message, 'use a matrix for steps that differ only in values')]
}

export const unknownNeedRule: GraphRule = ({ steps }) => {
  const keys = steps.map(({ key }) => key.value)
  const known = new Set(keys)
  return listNeeds(steps)
    .filter(({ need }) => !known.has(need.value))
    .map(({ need }) => {
      const hint = didYouMean(need.value, keys) ?? `the steps are ${listNames(keys)}`
      return findingAt(need, `unknown step ${showName(need.value)} in needs`, hint)
    })
}

export const selfNeedRule: GraphRule = ({ steps }) =>
  listNeeds(steps)
    .filter(({ step, need }) => step.key.value === need.value)
    .map(({ need }) => findingAt(need, `step ${showName(need.value)} needs itself`, 'remove it from needs'))

export const repeatedNeedRule: GraphRule = ({ steps }) =>
  steps.flatMap(({ needs }) => {
    const seen = new Set<string>()
    return needs
      .filter(({ value }) => seen.size === seen.add(value).size)
      .map((need) => findingAt(need, `step ${showName(need.value)} is needed twice`, 'name it once'))
  })

export const cycleRule: GraphRule = ({ steps }) =>
  findCycles(toNeeds(steps)).flatMap((cycle) => {
    const step = steps.find(({ key }) => key.value === cycle[0])
    if (step === undefined) return []
    const place = step.needs.find(({ value }) => value === cycle[1]) ?? step.key
    const path = cycle.length > 12 ? [...cycle.slice(0, 6), '...', ...cycle.slice(-5)] : cycle
    return [findingAt(place, `steps need each other in a circle: ${path.join(' -> ')}`, 'remove one of these needs')]
  })

export const depthRule: GraphRule = ({ name, steps }) => {
  const depth = findDepth(toNeeds(steps))
  if (depth === undefined || depth <= MAX_DEPTH) return []
  const message = `the longest chain of needs has ${depth} steps, at most ${MAX_DEPTH} are allowed`
  return [findingAt(name, message, 'join steps of the chain')]
}

export const totalCellsRule: GraphRule = ({ name, steps }) => {
  const total = steps.reduce((sum, step) => sum + countCells(step), 0)
  if (total <= MAX_CELLS_PER_WORKFLOW) return []
  const message = `workflow ${showName(name.value)} has ${total} runs in all, at most ${MAX_CELLS_PER_WORKFLOW} are allowed`
  return [findingAt(name, message, 'list fewer matrix values')]
}

const listNeeds = (
  steps: readonly PlacedStep[],
): readonly { readonly step: PlacedStep; readonly need: Placed<string> }[] =>
  steps.flatMap((step) => step.needs.map((need) => ({ step, need })))
