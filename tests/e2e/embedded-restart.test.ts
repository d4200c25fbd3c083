import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@tidemill/sdk'
import { startTidemill, waitFor } from '@tidemill/testkit'
import { expect, onTestFinished, test } from 'vitest'

const project = join(import.meta.dirname, 'fixtures/shell')

const setup = async () => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-restart-'))
  const start = async () => {
    const up = await startTidemill(['up', '--port', '0', '--data-dir', join(directory, 'data')])
    onTestFinished(() => up.kill())
    return { up, client: createClient({ url: up.url }) }
  }
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  return { start, marker: join(directory, 'hang-once') }
}

test('an embedded server killed in the middle of a step runs it again right after its next start', async () => {
  const { start, marker } = await setup()
  const before = await start()
  const { workflow_run: submitted } = await before.client.submitWorkflowRun({
    project: { uri: project },
    entry_point: 'hang_once',
    parameters: { marker },
    environment_manager: 'local',
  })
  await waitFor('the step to hang', async () => (await readFile(marker, 'utf8').catch(() => '')) !== '')
  const answer = await fetch(new URL('/api/2.0/mlflow/runs/log-metric', before.up.url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ run_id: submitted.run_id, key: 'acknowledged', value: 7, timestamp: 1, step: 0 }),
  })
  expect(answer.status).toBe(200)
  await before.up.kill()

  const after = await start()
  const startedAt = Date.now()
  const workflowRun = await waitFor(
    'the workflow run to end',
    async () => {
      const current = await after.client.getWorkflowRun(submitted.workflow_run_id)
      return current.ended_at !== undefined && current
    },
    15_000,
  )
  expect(workflowRun.state).toBe('SUCCEEDED')
  const attempts = workflowRun.steps[0]?.attempts ?? []
  expect(attempts.map(({ state }) => state)).toEqual(['LOST', 'SUCCEEDED'])
  expect((attempts[1]?.started_at ?? Infinity) - startedAt).toBeLessThan(3_000)
  // The first attempt's data went to a run of its own, so that the root has what the second one logged.
  const lost = await after.client.getRun(attempts[0]?.run_id ?? '')
  expect(lost.data.metrics).toEqual([expect.objectContaining({ key: 'acknowledged', value: 7 })])
})
