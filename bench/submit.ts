import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@tidemill/sdk'
import { startTidemill, waitFor } from '@tidemill/testkit'
import { quantile } from './processes/quantile.ts'
import type { Figure } from './report.ts'

const SUBMISSIONS = 40

/** Submission to the first log line of a local step, through HTTP and server-sent events, embedded. */
export const measureSubmit = async (): Promise<Figure[]> => {
  const directory = await mkdtemp(join(tmpdir(), 'tidemill-bench-'))
  const project = await makeNoOpProject(directory)
  const tidemill = await startTidemill(['up', '--port', '0', '--data-dir', join(directory, 'data')], {
    TIDEMILL_SOURCE: '',
  })
  const client = createClient({ url: tidemill.url })
  const latencies: number[] = []
  for (let submission = 0; submission < SUBMISSIONS; submission++) {
    const startedAt = performance.now()
    const { workflow_run: workflowRun } = await client.submitWorkflowRun({
      project: { uri: project },
      environment_manager: 'local',
    })
    const attemptId = workflowRun.steps[0]?.attempts[0]?.attempt_id ?? ''
    for await (const line of client.followLogs(attemptId, { from: 1 })) {
      if (line.stream === 'stdout') {
        latencies.push(performance.now() - startedAt)
        break
      }
    }
    await waitFor('the run to end', async () => {
      const answer = await client.getWorkflowRun(workflowRun.workflow_run_id)
      return answer.ended_at !== undefined
    })
  }
  await tidemill.stop()
  await rm(directory, { recursive: true, force: true })
  const warm = latencies.slice(5)
  return [
    {
      name: 'submit to first log line, p50',
      value: quantile(warm, 0.5),
      unit: 'ms',
      goal: { kind: 'at most', value: 150 },
      how: `POST to the first stdout line over SSE, \`echo\` step, local environment, embedded, ${warm.length} in sequence (p95 ${Math.round(quantile(warm, 0.95))} ms)`,
    },
  ]
}

/** A project whose only step prints one line. */
export const makeNoOpProject = async (directory: string): Promise<string> => {
  await writeFile(join(directory, 'MLproject'), 'name: no-op\nentry_points:\n  main: {command: "echo ready"}\n')
  return directory
}
