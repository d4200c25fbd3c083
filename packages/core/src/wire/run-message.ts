import { z } from 'zod'
import { RequiredString } from './scalars.ts'

/** A message about one run: `run_id`, or its old name `run_uuid` when `run_id` is absent or empty. */
export const runMessage = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.preprocess(withRunId, z.object({ run_id: RequiredString, ...shape }))

const withRunId = (message: unknown): unknown => {
  if (typeof message !== 'object' || message === null) return message
  const { run_id: runId, run_uuid: runUuid } = message as { run_id?: unknown; run_uuid?: unknown }
  const isAbsent = runId === undefined || runId === ''
  return isAbsent && runUuid !== undefined ? { ...message, run_id: runUuid } : message
}
