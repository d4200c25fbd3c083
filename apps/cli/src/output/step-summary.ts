import type { StepRunWire } from '@tidemill/core'
import { durationOf, formatDuration } from './duration.ts'

/** What a step's line says beside its name and state: `2/3 cells, attempt 2, 12.3s`. `now` in ms since the epoch. */
export const summarizeStep = (step: StepRunWire, now: number): string => {
  const done = step.cells?.filter((cell) => cell.state === 'SUCCEEDED').length
  const cells = step.cells === undefined ? [] : [`${done}/${step.cells.length} cells`]
  const tries = Math.max(0, ...step.attempts.map((attempt) => attempt.number))
  const duration = stepDuration(step, now)
  return [
    ...cells,
    ...(tries > 1 ? [`attempt ${tries}`] : []),
    ...(duration === undefined ? [] : [formatDuration(duration)]),
  ].join(', ')
}

/** From the first attempt's start to the last one's end, in ms. */
const stepDuration = (step: StepRunWire, now: number): number | undefined => {
  const starts = step.attempts.flatMap(({ started_at: start }) => (start === undefined ? [] : [start]))
  if (starts.length === 0) return undefined
  const ends = step.attempts.map((attempt) => attempt.ended_at ?? now)
  return durationOf({ started_at: Math.min(...starts), ended_at: Math.max(...ends) }, now)
}
