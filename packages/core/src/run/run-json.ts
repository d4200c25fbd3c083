import type { Metric, Run, RunInfo } from './run.ts'
import { toRunDataWire, toRunInputsWire, toRunOutputsWire } from './wire.ts'

/** All of a run but what its own row says. */
export type RunParts = Omit<Run, 'info'>

/** A run's parts as wire JSON text, kept for runs that do not change: reading one costs no look at its rows. */
export interface RunDocument {
  /** The value of `data`. */
  readonly data: string
  /** The value of `inputs`; null for `{}`. */
  readonly inputs: string | null
  /** The value of `outputs`; null when there are none. */
  readonly outputs: string | null
}

export const toRunDocument = (parts: RunParts): RunDocument => {
  const { datasets, modelIds } = parts.inputs
  const outputs = toRunOutputsWire(parts.modelOutputs)
  return {
    data: JSON.stringify(toRunDataWire(parts)),
    inputs: datasets.length + modelIds.length === 0 ? null : JSON.stringify(toRunInputsWire(parts.inputs)),
    outputs: outputs === undefined ? null : JSON.stringify(outputs),
  }
}

/** The JSON text of `toRunWire` for a run that is this row and this document. */
export const toRunJson = (info: RunInfo, { data, inputs, outputs }: RunDocument): string => {
  const tail = outputs === null ? '}' : `,"outputs":${outputs}}`
  return `{"info":${toRunInfoJson(info)},"data":${data},"inputs":${inputs ?? '{}'}${tail}`
}

/** Ids, statuses and numbers have no character that JSON escapes. */
const toRunInfoJson = (info: RunInfo): string => {
  const id = JSON.stringify(info.runId)
  const endTime = info.endTime === undefined ? '' : `"end_time":${info.endTime},`
  return `{"run_id":${id},"run_uuid":${id},"run_name":${JSON.stringify(info.runName)},"experiment_id":"${info.experimentId}","user_id":${JSON.stringify(info.userId)},"status":"${info.status}","start_time":${info.startTime},${endTime}"artifact_uri":${JSON.stringify(info.artifactUri)},"lifecycle_stage":"${info.lifecycleStage}"}`
}

/**
 * The JSON text of a list of metric points as the wire has them, with `run_id` where a point has one. A history has
 * tens of thousands of points of a few keys and runs: each key and id is escaped once.
 */
export const toMetricsJson = (points: readonly (Metric & { readonly runId?: string })[]): string => {
  const heads = new Map<string, string>()
  const tails = new Map<string | undefined, string>([[undefined, '}']])
  let json = '['
  for (const { key, value, timestamp, step, runId } of points) {
    const head = remember(heads, key, () => `{"key":${JSON.stringify(key)},"value":`)
    const tail = remember(tails, runId, () => `,"run_id":${JSON.stringify(runId)}}`)
    if (json.length > 1) json += ','
    json += `${head}${toDoubleJson(value)},"timestamp":${timestamp},"step":${step}${tail}`
  }
  return `${json}]`
}

const remember = <Key>(texts: Map<Key, string>, key: Key, make: () => string): string => {
  const known = texts.get(key)
  if (known !== undefined) return known
  const made = make()
  texts.set(key, made)
  return made
}

/** -0 is 0 in JSON.stringify too. */
const toDoubleJson = (value: number): string => {
  if (Number.isFinite(value)) return String(value)
  if (Number.isNaN(value)) return '"NaN"'
  return value > 0 ? '"Infinity"' : '"-Infinity"'
}
