import {
  type ClaimedAttempt,
  type EntryPoint,
  listReferencedSteps,
  resolveEntryPoint,
  resolveParameters,
  resolveReferences,
  type RunOutput,
  type TrackingStore,
} from '@tidemill/core'

/** What an attempt runs, every reference replaced. */
export interface AttemptInputs {
  readonly entryPoint: EntryPoint
  readonly parameters: readonly { readonly name: string; readonly value: string }[]
}

/** Runs of a matrix step that are read at once. */
const PARALLEL_READS = 8

/**
 * Replaces the `${{ }}` references of a step's parameters and checks the result against the entry point. Throws
 * InvalidParameterValueError for what the author of the project can mend.
 */
export const resolveInputs = async (claimed: ClaimedAttempt, tracking: TrackingStore): Promise<AttemptInputs> => {
  const entryPoint = resolveEntryPoint(claimed.spec, claimed.entryPoint)
  const steps = await readStepOutputs(claimed, tracking)
  const context = { workflowParameters: claimed.workflowParameters, matrix: claimed.matrix, steps }
  // A single entry point was submitted with final values: text in them that looks like a reference is just text.
  const given =
    claimed.target === 'entry_point'
      ? claimed.parameters
      : claimed.parameters.map(({ name, value }) => ({ name, value: resolveReferences(value, context) }))
  return { entryPoint, parameters: resolveParameters(entryPoint, given) }
}

const readStepOutputs = async (
  claimed: ClaimedAttempt,
  tracking: TrackingStore,
): Promise<Record<string, readonly RunOutput[]>> => {
  if (claimed.target === 'entry_point') return {}
  const references = claimed.parameters.flatMap(({ value }) => listReferencedSteps(value))
  const withData = new Set(references.filter(({ needsData }) => needsData).map(({ step }) => step))
  const outputs: [string, readonly RunOutput[]][] = []
  for (const step of new Set(references.map((reference) => reference.step))) {
    const runIds = claimed.upstreamRunIds[step] ?? []
    outputs.push([
      step,
      withData.has(step)
        ? await readRunOutputs(runIds, tracking)
        : runIds.map((runId) => ({ runId, params: {}, metrics: {} })),
    ])
  }
  return Object.fromEntries(outputs)
}

const readRunOutputs = async (runIds: readonly string[], tracking: TrackingStore): Promise<RunOutput[]> => {
  const outputs: RunOutput[] = []
  for (let start = 0; start < runIds.length; start += PARALLEL_READS) {
    const batch = runIds.slice(start, start + PARALLEL_READS)
    outputs.push(...(await Promise.all(batch.map((runId) => readRunOutput(runId, tracking)))))
  }
  return outputs
}

const readRunOutput = async (runId: string, tracking: TrackingStore): Promise<RunOutput> => {
  const run = await tracking.getRun(runId)
  return {
    runId,
    params: Object.fromEntries(run.params.map(({ key, value }) => [key, value])),
    metrics: Object.fromEntries(run.metrics.map(({ key, value }) => [key, value])),
  }
}
