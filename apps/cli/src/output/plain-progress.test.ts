import { PassThrough } from 'node:stream'
import type { StepRunWire, WorkflowRunWire } from '@tidemill/core'
import { describe, expect, test } from 'vitest'
import type { StepAttempt } from '../following/list-attempts.ts'
import { createPlainProgress, describeChanges } from './plain-progress.ts'

const aRun = (state: WorkflowRunWire['state'], steps: Partial<StepRunWire>[]): WorkflowRunWire => ({
  workflow_run_id: 'w',
  run_id: 'r',
  experiment_id: '0',
  name: 'main',
  state,
  project: { uri: '/p' },
  parameters: {},
  created_at: 1,
  steps: steps.map((step) => ({ key: 'train', state: 'BLOCKED', needs: [], attempts: [], ...step })),
})
const cells = (...states: StepRunWire['state'][]) =>
  states.map((state, index) => ({ index, matrix: { alpha: String(index) }, state }))

describe('describeChanges', () => {
  test.each<[string, WorkflowRunWire | undefined, WorkflowRunWire, string[]]>([
    ['nothing of steps that only wait', undefined, aRun('QUEUED', [{}]), []],
    ['a step that starts', aRun('QUEUED', [{}]), aRun('RUNNING', [{ state: 'RUNNING' }]), ['train RUNNING']],
    [
      'nothing when nothing changed',
      aRun('RUNNING', [{ state: 'RUNNING' }]),
      aRun('RUNNING', [{ state: 'RUNNING' }]),
      [],
    ],
    [
      'a cell that succeeded',
      aRun('RUNNING', [{ state: 'RUNNING', cells: cells('RUNNING', 'RUNNING') }]),
      aRun('RUNNING', [{ state: 'RUNNING', cells: cells('SUCCEEDED', 'RUNNING') }]),
      ['train RUNNING (1/2 cells)'],
    ],
    [
      'why a step failed',
      aRun('RUNNING', [{ state: 'RUNNING' }]),
      aRun('FAILED', [{ state: 'FAILED', reason: 'exit code 3' }]),
      ['train FAILED exit code 3'],
    ],
    ['a pause, once', aRun('RUNNING', [{}]), aRun('PAUSED', [{}]), ['main PAUSED']],
  ])('tells %s', (_case, before, after, lines) => {
    expect(describeChanges(before, after)).toEqual(lines)
  })
})

describe('createPlainProgress', () => {
  const start = () => {
    const stream = new PassThrough()
    const progress = createPlainProgress(stream)
    const step: StepRunWire = { key: 'train', state: 'RUNNING', needs: [], attempts: [] }
    const attempt: StepAttempt = {
      step,
      label: '',
      attempt: { attempt_id: 'a', number: 1, state: 'PREPARING', queued_at: 1 },
    }
    const say = (text: string): void => progress.onPhaseLine({ number: 1, stream: 'system', time: 1, text }, attempt)
    return {
      progress,
      attempt,
      stream,
      say,
      written: () =>
        String(stream.read() ?? '')
          .split('\n')
          .slice(0, -1),
    }
  }

  test('cuts a long line of a build to 160 characters', () => {
    const { say, written } = start()
    say(`  Collecting ${'x'.repeat(500)}`)
    const [line = ''] = written()
    expect(line).toHaveLength(160)
    expect(line).toMatch(/^train: Collecting x+…$/)
  })

  test('tells the last line of a build before the state that it led to', () => {
    const { progress, say, written } = start()
    progress.onUpdate(aRun('RUNNING', [{ state: 'RUNNING' }]))
    for (const text of ['one', 'two', 'three', 'no space left']) say(text)
    progress.onUpdate(aRun('FAILED', [{ state: 'FAILED', reason: 'build failed' }]))
    expect(written()).toEqual([
      'train RUNNING',
      'train: one',
      'train: two',
      'train: no space left',
      'train FAILED build failed',
    ])
  })

  test('tells what runs before its first output', () => {
    const { progress, attempt, stream, say, written } = start()
    for (const text of ['one', 'two', 'Running x']) say(text)
    progress.print(() => void stream.write('output\n'), attempt)
    expect(written()).toEqual(['train: one', 'train: two', 'train: Running x', 'output'])
  })
})
