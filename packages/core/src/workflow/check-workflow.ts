import type { GraphRule } from './graph-rule.ts'
import * as graph from './graph-rules.ts'
import * as reference from './reference-rules.ts'
import * as step from './step-rules.ts'

const RULES: readonly GraphRule[] = [
  graph.workflowNameRule,
  graph.stepKeyRule,
  graph.unknownNeedRule,
  graph.selfNeedRule,
  graph.repeatedNeedRule,
  graph.cycleRule,
  graph.depthRule,
  graph.totalCellsRule,
  step.entryPointRule,
  step.requiredParameterRule,
  step.extraParameterRule,
  step.parameterValueRule,
  step.matrixRule,
  step.cellCountRule,
  step.retryRule,
  reference.malformedReferenceRule,
  reference.workflowParameterReferenceRule,
  reference.matrixReferenceRule,
  reference.stepReferenceRule,
  reference.upstreamReferenceRule,
  reference.singleRunReferenceRule,
  reference.runIdsLengthRule,
]

/** Everything that is wrong with the workflow, rule by rule; empty when it may run. */
export const checkWorkflow: GraphRule = (workflow, entryPoints) => {
  // The other rules walk the graph, so it has to be of a size first.
  const size = graph.stepCountRule(workflow, entryPoints)
  return size.length > 0 ? size : RULES.flatMap((rule) => rule(workflow, entryPoints))
}
