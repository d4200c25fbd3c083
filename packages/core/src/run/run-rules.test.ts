import { expect, test } from 'vitest'
import { validateNewRun, validateRunId, validateRunUpdate } from './run-rules.ts'

test.each(['a', '0f3c9d1e8a7b4c6d9e2f1a0b3c4d5e6f', 'A-b_1', 'x9'])('%s is a run id', (runId) => {
  expect(() => validateRunId(runId)).not.toThrow()
})

test.each(['', '-a', '_a', 'a/b', 'a b', 'a\0', 'a\n'])('%j is no run id', (runId) => {
  expect(() => validateRunId(runId)).toThrow(`Invalid value ${JSON.stringify(runId)} for parameter 'run_id' supplied`)
})

test('a run id has at most 256 characters', () => {
  expect(() => validateRunId('x'.repeat(256))).not.toThrow()
  expect(() => validateRunId('x'.repeat(257))).toThrow("parameter 'run_id'")
})

test.each([
  [{ experimentId: '0', runName: 'x'.repeat(251) }, "'run_name' exceeds the maximum length of 250 characters"],
  [{ experimentId: '0', userId: 'x\0' }, "parameter 'user_id'"],
  [{ experimentId: '0', startTime: 0.5 }, "parameter 'start_time'"],
  [
    {
      experimentId: '0',
      tags: [
        { key: 'a', value: '' },
        { key: 'a%', value: '' },
      ],
    },
    "parameter 'tags[1].key'",
  ],
])('new run %# is refused', (run, message) => {
  expect(() => validateNewRun(run)).toThrow(message)
})

test.each([
  [{ endTime: 2 ** 60 }, "parameter 'end_time'"],
  [{ runName: '\0' }, "parameter 'run_name'"],
])('the update %j is refused', (update, message) => {
  expect(() => validateRunUpdate(update)).toThrow(message)
})
