import { createScriptedExecutor, failedWith, SUCCEEDED, waitFor } from '@tidemill/testkit'
import { describe, expect, test } from 'vitest'
import { aStep } from './graphs.ts'
import {
  attemptStates,
  DISTRIBUTED,
  EMBEDDED,
  readTexts,
  startTestWorker,
  submitEntryPoint,
  submitSteps,
  useDispatcher,
  waitForEnd,
} from './world.ts'

const succeed = { kind: 'end', end: SUCCEEDED } as const

describe.each([EMBEDDED, DISTRIBUTED])('$name', (mode) => {
  describe.skipIf(mode.problem !== undefined)('an attempt', () => {
    const getWorld = mode.useWorld()

    test('is told its run, its experiment and its tracking server', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => succeed)
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const ended = await waitForEnd(world, await submitSteps(world, [aStep('train')]))
      const attempt = ended.steps[0]?.cells[0]?.attempts[0]
      expect(executor.started[0]?.variables).toEqual({
        MLFLOW_RUN_ID: attempt?.runId,
        MLFLOW_TRACKING_URI: 'http://127.0.0.1:5000',
        MLFLOW_EXPERIMENT_ID: '0',
        TIDEMILL_ATTEMPT_ID: attempt?.attemptId,
        TIDEMILL_WORKFLOW_RUN_ID: ended.workflowRunId,
      })
    })

    test("its run carries the project's tags, its parent and its parameters", async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => ({ ...succeed, tags: { 'mlflow.project.env': 'local' } }))
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const step = aStep('train', { parameters: [{ name: 'alpha', value: '0.5' }] })
      const ended = await waitForEnd(world, await submitSteps(world, [step]))
      const run = await world.tracking.getRun(ended.steps[0]?.cells[0]?.attempts[0]?.runId ?? '')
      expect(run.params).toEqual([{ key: 'alpha', value: '0.5' }])
      expect(Object.fromEntries(run.tags.map(({ key, value }) => [key, value]))).toMatchObject({
        'mlflow.parentRunId': ended.runId,
        'mlflow.user': 'ada',
        'mlflow.source.name': 'https://example.org/p.git',
        'mlflow.source.type': 'PROJECT',
        'mlflow.source.git.commit': 'c'.repeat(40),
        'mlflow.source.git.branch': 'main',
        'mlflow.source.git.repoURL': 'https://example.org/p.git',
        'mlflow.project.entryPoint': 'train',
        'mlflow.project.backend': 'tidemill',
        'mlflow.project.env': 'local',
      })
    })

    test('of a single entry point logs to the run of the workflow run, its parameters as they are', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => succeed)
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const submitted = await submitEntryPoint(world, 'main', { parameters: { text: '${{ matrix.x }}' } })
      const ended = await waitForEnd(world, submitted)
      expect(ended.state).toBe('SUCCEEDED')
      expect(executor.started[0]?.variables.MLFLOW_RUN_ID).toBe(ended.runId)
      expect(executor.started[0]?.parameters).toEqual([{ name: 'text', value: '${{ matrix.x }}' }])
    })

    test('gets what earlier steps logged', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(({ entryPoint }) => ({
        ...succeed,
        act: async ({ variables }) => {
          if (entryPoint.name !== 'train') return
          await world.tracking.logBatch(variables.MLFLOW_RUN_ID ?? '', {
            metrics: [{ key: 'rmse', value: 0.25, timestamp: 1, step: 0 }],
            params: [{ key: 'depth', value: '3' }],
            tags: [],
          })
        },
      }))
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const submitted = await submitSteps(
        world,
        [
          aStep('report', {
            needs: ['train', 'sweep'],
            parameters: [
              { name: 'rmse', value: '${{ steps.train.metrics.rmse }}' },
              { name: 'depth', value: 'd${{ steps.train.params.depth }}' },
              { name: 'data', value: '${{ steps.train.artifacts.data }}' },
              { name: 'all', value: '${{ steps.sweep.run_ids }}' },
              { name: 'rows', value: '${{ workflow.parameters.rows }}' },
            ],
          }),
          aStep('train'),
          aStep('sweep', {
            matrix: [{ name: 'x', values: ['1', '2'] }],
            parameters: [{ name: 'x', value: '${{ matrix.x }}' }],
          }),
        ],
        { parameters: { rows: '100' } },
      )
      const ended = await waitForEnd(world, submitted)
      const runIds = (key: string): (string | undefined)[] =>
        ended.steps.find((step) => step.key === key)?.cells.map(({ attempts }) => attempts[0]?.runId) ?? []
      const report = executor.started.find(({ entryPoint }) => entryPoint.name === 'report')
      expect(report?.parameters).toEqual([
        { name: 'rmse', value: '0.25' },
        { name: 'depth', value: 'd3' },
        { name: 'data', value: `runs:/${runIds('train')[0]}/data` },
        { name: 'all', value: runIds('sweep').join(',') },
        { name: 'rows', value: '100' },
      ])
    })

    test.each([
      ['a metric that was never logged', '${{ steps.a.metrics.rmse }}', "there is no 'rmse'"],
      ['a text that is no reference', '${{ nonsense }}', 'is not a reference'],
    ])('fails for %s without a retry and without running', async (_title, value, reason) => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => succeed)
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const submitted = await submitSteps(world, [
        aStep('a'),
        aStep('b', {
          needs: ['a'],
          parameters: [{ name: 'x', value }],
          retry: { attempts: 5, backoff: 'fixed', delayMs: 0 },
        }),
      ])
      const ended = await waitForEnd(world, submitted)
      expect(ended.state).toBe('FAILED')
      expect(ended.reason).toContain(reason)
      expect(attemptStates(ended, 'b')).toEqual(['FAILED'])
      expect(executor.started.map(({ entryPoint }) => entryPoint.name)).toEqual(['a'])
    })

    test('an executor that throws costs infrastructure attempts, then the step fails', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => succeed)
      const broken = {
        ...executor,
        start: () => {
          throw new Error('bug')
        },
      }
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor: broken })
      const ended = await waitForEnd(world, await submitSteps(world, [aStep('a')]))
      expect(ended.state).toBe('FAILED')
      expect(new Set(attemptStates(ended, 'a'))).toEqual(new Set(['INFRA_FAILED']))
    })

    test('its log is stored by line, masked, ended by the reason, and archived', async () => {
      const world = getWorld()
      const archived: { uri: string; path: string; text: string }[] = []
      const executor = createScriptedExecutor(() => ({
        kind: 'end',
        end: { ...failedWith(2), reason: 'exit code 2, token hunter2' },
        lines: ['first', 'nul \0 inside', 'the token is hunter2'],
      }))
      await startTestWorker(world, {
        dispatcher: useDispatcher(mode),
        executor,
        secrets: ['hunter2'],
        archiveLog: async (uri, path, content) => {
          const chunks: Uint8Array[] = []
          for await (const chunk of content) chunks.push(chunk)
          archived.push({ uri, path, text: Buffer.concat(chunks).toString() })
        },
      })
      const ended = await waitForEnd(world, await submitSteps(world, [aStep('a')]))
      const attempt = ended.steps[0]?.cells[0]?.attempts[0]
      const lines = ['first', 'nul ␀ inside', 'the token is ***', 'exit code 2, token ***']
      expect(await readTexts(world, attempt?.attemptId ?? '')).toEqual(lines)
      expect(ended.reason).toContain('token ***')
      const run = await world.tracking.getRun(attempt?.runId ?? '')
      expect(archived).toEqual([
        { uri: run.info.artifactUri, path: 'logs/attempt-1.log', text: `${lines.join('\n')}\n` },
      ])
    })

    test('a log that cannot be archived harms nothing', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => ({ ...succeed, lines: ['x'] }))
      await startTestWorker(world, {
        dispatcher: useDispatcher(mode),
        executor,
        archiveLog: () => Promise.reject(new Error('disk full')),
      })
      expect((await waitForEnd(world, await submitSteps(world, [aStep('a')]))).state).toBe('SUCCEEDED')
    })

    test('a log of several thousand lines arrives without a gap and in order', async () => {
      const world = getWorld()
      const lines = Array.from({ length: 3_333 }, (_, index) => `line ${index}`)
      const executor = createScriptedExecutor(() => ({ ...succeed, lines }))
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const ended = await waitForEnd(world, await submitSteps(world, [aStep('a')]))
      expect(await readTexts(world, ended.steps[0]?.cells[0]?.attempts[0]?.attemptId ?? '')).toEqual(lines)
    })

    test('lines can be read while it runs', async () => {
      const world = getWorld()
      const executor = createScriptedExecutor(() => ({ kind: 'hang', lines: ['early'] }))
      await startTestWorker(world, { dispatcher: useDispatcher(mode), executor })
      const submitted = await submitSteps(world, [aStep('a')])
      const attemptId = await waitFor('the attempt', async () => executor.started[0]?.attemptId)
      await waitFor('its first line', async () => (await readTexts(world, attemptId)).includes('early'))
      expect(executor.live.size).toBe(1)
      executor.release(SUCCEEDED)
      await waitForEnd(world, submitted)
    })
  })
})
