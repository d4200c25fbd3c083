import { join } from 'node:path'
import { findMlflowClient } from '@tidemill/testkit'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type DistributedStack, startDistributedStack } from './distributed-stack.ts'

const { postgres, redis } = inject('services')
const mlflow = await findMlflowClient('3.17.2')
const missing = [
  ...(postgres.isAvailable ? [] : [`Postgres (${postgres.reason})`]),
  ...(redis.isAvailable ? [] : [`Redis (${redis.reason})`]),
  ...(mlflow === undefined ? ['mlflow-skinny 3.17.2 (the package index does not answer)'] : []),
]

interface SeenRun {
  readonly run_id: string
  readonly name: string
  readonly status: string
  readonly params: Record<string, string>
  readonly metrics: Record<string, number>
  readonly tags: Record<string, string>
  readonly artifacts: string[]
  readonly loss_history: number[]
}

describe.skipIf(missing.length > 0)(
  `distributed mode${missing.length > 0 ? `: needs ${missing.join(', ')}` : ''}`,
  () => {
    let stack: DistributedStack

    beforeAll(async () => {
      if (postgres.isAvailable) stack = await startDistributedStack(postgres.url, mlflow?.python)
    })
    afterAll(async () => {
      await stack?.[Symbol.asyncDispose]()
    })

    test('a workflow from a Git URI ends as a tracked run that a real MLflow client reads', async () => {
      const { tracked, server } = stack
      const submitted = await stack.submit(tracked.uri, {
        project: { uri: tracked.uri, version: 'v1' },
        workflow: 'pipeline',
        parameters: { rows: 5 },
        experiment_name: 'distributed pipeline',
      })
      expect(submitted.project.commit).toBe(tracked.commit)
      const workflowRun = await stack.ended(submitted.workflow_run_id)
      expect(workflowRun.state).toBe('SUCCEEDED')

      const printed = await mlflow?.runScript(
        join(import.meta.dirname, 'read-pipeline.py'),
        [workflowRun.run_id],
        server.url,
      )
      const seen: { root: SeenRun; children: SeenRun[]; weights: string[] } = JSON.parse(printed ?? '')
      expect(seen.root).toMatchObject({ status: 'FINISHED', params: { rows: '5' } })
      expect(seen.root.tags).toMatchObject({
        'mlflow.source.type': 'PROJECT',
        'mlflow.source.name': tracked.uri,
        'mlflow.source.git.commit': tracked.commit,
      })
      expect(seen.children.map(({ name }) => name).toSorted()).toEqual(['prepare', 'report', 'train-1', 'train-2'])
      const train = seen.children.filter(({ name }) => name.startsWith('train'))
      expect(train.map(({ params }) => params.alpha).toSorted()).toEqual(['0.1', '0.5'])
      for (const run of train) {
        const alpha = Number(run.params.alpha)
        expect(run.status).toBe('FINISHED')
        expect(run.tags['mlflow.parentRunId']).toBe(seen.root.run_id)
        expect(run.metrics).toEqual({ loss: alpha / 3, rows_read: 5 })
        expect(run.loss_history).toEqual([alpha, alpha / 2, alpha / 3])
        expect(run.artifacts).toContain('model/weights.txt')
        expect(run.artifacts).toContain('logs/attempt-1.log')
      }
      expect(seen.weights.toSorted()).toEqual(['alpha=0.1', 'alpha=0.5'])
      const report = seen.children.find(({ name }) => name === 'report')
      expect(report?.metrics.best_loss).toBeCloseTo(0.1 / 3)
      expect(report?.tags.best_run_id).toBe(train.find(({ params }) => params.alpha === '0.1')?.run_id)
    })

    test('a single entry point logs to the workflow run itself and its log can be followed', async () => {
      const submitted = await stack.submit(stack.shell.uri, { parameters: { word: 'höhle' } })
      const workflowRun = await stack.ended(submitted.workflow_run_id)
      expect(workflowRun.state).toBe('SUCCEEDED')
      const attempt = workflowRun.steps[0]?.attempts[0]
      expect(attempt).toMatchObject({ run_id: workflowRun.run_id, number: 1, exit_code: 0 })
      const lines: string[] = []
      for await (const line of stack.client.followLogs(attempt?.attempt_id ?? '', { from: 1 })) {
        if (line.stream === 'stdout') lines.push(line.text)
      }
      expect(lines).toEqual(['höhle'])
    })

    test('a failed step ends the run FAILED with its exit code as the reason', async () => {
      const submitted = await stack.submit(stack.shell.uri, { entry_point: 'fail' })
      const workflowRun = await stack.ended(submitted.workflow_run_id)
      expect(workflowRun).toMatchObject({ state: 'FAILED', reason: expect.stringContaining('code 3') })
      const run = await stack.client.getRun(workflowRun.run_id)
      expect(run.info.status).toBe('FAILED')
      expect(run.data.tags?.find(({ key }) => key === 'tidemill.reason')?.value).toContain('code 3')
    })

    test("a step sees the run's variables and nothing of the worker's own", async () => {
      const submitted = await stack.submit(stack.shell.uri, { entry_point: 'secret' })
      const workflowRun = await stack.ended(submitted.workflow_run_id)
      const { lines } = await stack.client.readLogs(workflowRun.steps[0]?.attempts[0]?.attempt_id ?? '', {})
      const text = lines.map((line) => line.text).join('\n')
      expect(text).toContain(`MLFLOW_RUN_ID=${workflowRun.run_id}`)
      expect(text).toContain(`MLFLOW_TRACKING_URI=${stack.server.url}`)
      expect(text).not.toContain('must-not-leak')
      expect(text).not.toContain('postgresql://')
    })

    test('a repeated Idempotency-Key answers the first workflow run', async () => {
      const request = { project: { uri: stack.shell.uri }, environment_manager: 'local' as const }
      const [first, second] = await Promise.all([
        stack.client.submitWorkflowRun(request, { idempotencyKey: 'once' }),
        stack.client.submitWorkflowRun(request, { idempotencyKey: 'once' }),
      ])
      expect(second.workflow_run.workflow_run_id).toBe(first.workflow_run.workflow_run_id)
      await stack.ended(first.workflow_run.workflow_run_id)
    })
  },
)
