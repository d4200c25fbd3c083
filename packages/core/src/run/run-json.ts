import type { Run } from './run.ts'
import { toRunDataWire, toRunInputsWire, toRunOutputsWire } from './wire.ts'

/** All of a run but what its own row says. */
export type RunParts = Omit<Run, 'info'>

/** A run's parts as wire JSON text, kept for runs that do not change: reading one costs no look at its rows. */
export interface RunDocument {
  /** The value of `data`. */
  readonly data: string
  /** The value of `inputs`; null for `{}`. */
  readonly inputs: string | null
  /** The value of `outputs`; null for `{}`. */
  readonly outputs: string | null
}

export const toRunDocument = (parts: RunParts): RunDocument => {
  const { datasets, modelIds } = parts.inputs
  return {
    data: JSON.stringify(toRunDataWire(parts)),
    inputs: datasets.length + modelIds.length === 0 ? null : JSON.stringify(toRunInputsWire(parts.inputs)),
    outputs: parts.modelOutputs.length === 0 ? null : JSON.stringify(toRunOutputsWire(parts.modelOutputs)),
  }
}

/** The JSON text of `toRunWire` for a run with this text of its info and this document. */
export const toRunJson = (info: string, { data, inputs, outputs }: RunDocument): string =>
  `{"info":${info},"data":${data},"inputs":${inputs ?? '{}'},"outputs":${outputs ?? '{}'}}`
