import {
  checkWorkflow,
  didYouMean,
  toWorkflowDefinition,
  type EntryPoint,
  type PlacedWorkflow,
  type WorkflowDefinition,
} from '@tidemill/core'
import { findEntry, isNull, type YamlEntry, type YamlMap } from '../yaml/node.ts'
import { readMap } from '../yaml/read-node.ts'
import type { Report } from '../yaml/report.ts'
import { readParameters } from './read-parameters.ts'
import { readStep } from './read-step.ts'

const KEYS = ['parameters', 'steps']
const MAX_WORKFLOWS = 100

/** The `workflows` of an MLproject, checked by every rule of core. */
export const readWorkflows = (
  root: YamlMap,
  entryPoints: readonly EntryPoint[],
  report: Report,
): WorkflowDefinition[] => {
  const entry = findEntry(root, 'workflows')
  if (entry === undefined) return []
  if (isNull(entry.value)) {
    report.error(entry.key, 'workflows is empty', 'add a workflow below it, or remove the key')
    return []
  }
  const entries = readMap(entry.value, 'workflows', report)?.entries ?? []
  if (entries.length > MAX_WORKFLOWS) {
    report.error(
      entry.key,
      `there are ${entries.length} workflows, at most ${MAX_WORKFLOWS} are allowed`,
      'split the project',
    )
    return []
  }
  return entries.flatMap((one) => {
    const workflow = readWorkflow(one, report)
    if (workflow === undefined) return []
    for (const { line, column, message, hint } of checkWorkflow(workflow, entryPoints)) {
      report.error(line === undefined || column === undefined ? undefined : { line, column }, message, hint)
    }
    return [toWorkflowDefinition(workflow)]
  })
}

const readWorkflow = ({ key, value }: YamlEntry, report: Report): PlacedWorkflow | undefined => {
  const what = `workflow '${key.text}'`
  const map = readMap(value, what, report)
  if (map === undefined) return undefined
  for (const { key: own } of map.entries.filter((entry) => !KEYS.includes(entry.key.text))) {
    report.error(
      own,
      `unknown key '${own.text}' in ${what}`,
      didYouMean(own.text, KEYS) ?? 'a workflow has parameters and steps',
    )
  }
  const steps = findEntry(map, 'steps')
  const stepMap =
    steps === undefined || isNull(steps.value) ? undefined : readMap(steps.value, `steps of ${what}`, report)
  if (steps !== undefined && !isNull(steps.value) && stepMap === undefined) return undefined
  return {
    name: { value: key.text, line: key.line, column: key.column },
    parameters: readParameters(map, what, report),
    steps: (stepMap?.entries ?? []).map((step) => readStep(step, report)),
  }
}
