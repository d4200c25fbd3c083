import { describe, expect, it } from 'vitest'
import { formatProgress } from './import-progress.ts'

const tally = { created: 0, updated: 0, unchanged: 0, skipped: 0 }
const state = {
  phase: 'importing' as const,
  tallies: { experiments: tally, runs: tally, 'logged models': tally, 'registered models': tally },
  totalRuns: 5000,
  doneRuns: 1200,
  points: 3_000_000,
  files: { copied: 40, unchanged: 0, bytes: 1 },
}

describe('formatProgress', () => {
  it.each([
    [state, 15_000, 'importing: 1,200 of 5,000 runs, 80/s, 47.5s left · 3,000,000 points · 40 files'],
    [{ ...state, totalRuns: undefined }, 15_000, 'importing: 1,200 runs, 80/s · 3,000,000 points · 40 files'],
    [{ ...state, doneRuns: 0 }, 0, 'importing: 0 of 5,000 runs, 0/s · 3,000,000 points · 40 files'],
    [{ ...state, phase: 'verifying' as const, doneRuns: 5000 }, 10_000, 'verifying: 5,000 of 5,000 runs, 500/s'],
  ])('says how far it is, how fast, and how long it takes', (progress, elapsedMs, line) => {
    expect(formatProgress(progress, elapsedMs)).toBe(line)
  })
})
