import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '@tidemill/testkit'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { type DistributedStack, processesWith, startDistributedStack } from './distributed-stack.ts'

const { postgres, redis } = inject('services')
const missing = [
  ...(postgres.isAvailable ? [] : [`Postgres (${postgres.reason})`]),
  ...(redis.isAvailable ? [] : [`Redis (${redis.reason})`]),
]

describe.skipIf(missing.length > 0)(`faults${missing.length > 0 ? `: needs ${missing.join(', ')}` : ''}`, () => {
  let stack: DistributedStack

  beforeAll(async () => {
    if (postgres.isAvailable) stack = await startDistributedStack(postgres.url)
  })
  afterAll(async () => {
    await stack?.[Symbol.asyncDispose]()
  })

  test('a worker killed in the middle of a step is taken over, with one result and nothing left running', async () => {
    const marker = join(stack.directory, 'hang-once')
    const submitted = await stack.submit(stack.shell.uri, { workflow: 'hanging', parameters: { marker } })
    await waitFor('the step to hang', async () => (await processesWith('sleep 600')).length === 1)
    const running = await stack.client.getWorkflowRun(submitted.workflow_run_id)
    const holder = running.steps.find(({ key }) => key === 'second')?.attempts[0]?.worker_id
    const killedAt = Date.now()
    await stack.killWorker(holder ?? '')
    await waitFor(
      'the step of the killed worker to be gone',
      async () => (await processesWith('sleep 600')).length === 0,
      5_000,
    )

    const workflowRun = await stack.ended(submitted.workflow_run_id, 90_000)
    expect(workflowRun.state).toBe('SUCCEEDED')
    const attempts = workflowRun.steps.find(({ key }) => key === 'second')?.attempts ?? []
    expect(attempts.map(({ state }) => state)).toEqual(['LOST', 'SUCCEEDED'])
    expect((attempts[1]?.started_at ?? Infinity) - killedAt).toBeLessThan(45_000)
    expect(await readFile(marker, 'utf8')).toMatch(/^\d+\n\d+\n$/)
  })

  test('attempts that were queued when Redis was flushed all end, each after one attempt', async () => {
    const submissions = await Promise.all(
      Array.from({ length: 5 }, () => stack.submit(stack.shell.uri, { workflow: 'many' })),
    )
    const connection = new Redis(stack.redisUrl)
    await connection.flushall()
    connection.disconnect()
    const workflowRuns = await Promise.all(submissions.map((one) => stack.ended(one.workflow_run_id, 90_000)))
    for (const workflowRun of workflowRuns) {
      expect(workflowRun.state).toBe('SUCCEEDED')
      expect(workflowRun.steps[0]?.attempts.map(({ state }) => state)).toEqual(
        Array.from({ length: 10 }, () => 'SUCCEEDED'),
      )
    }
  })

  test('a submission while Redis is down is accepted at once and runs when Redis is back', async () => {
    const startRedisAgain = await stack.stopRedis()
    const startedAt = performance.now()
    const submitted = await stack.submit(stack.shell.uri)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
    expect(submitted.state).toBe('QUEUED')
    await startRedisAgain()
    expect((await stack.ended(submitted.workflow_run_id)).state).toBe('SUCCEEDED')
  })

  test('a cancelled step that ignores SIGTERM leaves no process, not even in a session of its own', async () => {
    const started = join(stack.directory, 'stubborn-started')
    const submitted = await stack.submit(stack.shell.uri, { entry_point: 'stubborn', parameters: { pids: started } })
    await waitFor('its child to start', async () => (await processesWith('sleep 601')).length === 1)
    await stack.client.cancelWorkflowRun(submitted.workflow_run_id)
    const workflowRun = await stack.ended(submitted.workflow_run_id)
    expect(workflowRun.state).toBe('CANCELLED')
    expect(workflowRun.steps[0]?.attempts[0]?.state).toBe('CANCELLED')
    expect(await processesWith('sleep 601')).toEqual([])
    expect((await stack.client.getRun(workflowRun.run_id)).info.status).toBe('KILLED')
  })
})
