import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttemptEnd, ClaimedAttempt, WorkflowRun } from '@tidemill/core'
import { attemptsOf, drive, EXIT_3, openWorld, stepStates, storeKinds, SUCCEEDED, type World } from './world.ts'

const CRASH: AttemptEnd = { kind: 'infra_failed', code: 'lost_worker', reason: 'worker stopped' }

describe.each(storeKinds())('a single entry point on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  const submit = (): Promise<WorkflowRun> =>
    world.submit([], {
      target: { kind: 'entry_point', entryPoint: 'train' },
      parameters: { alpha: '0.5', rows: '10' },
      runName: 'nightly',
    })

  /** What the code of an attempt would log. */
  const logAs = async (claimed: ClaimedAttempt): Promise<void> => {
    const prepared = await world.engine.prepareAttempt(claimed.lease, {
      params: claimed.parameters.map(({ name, value }) => ({ key: name, value })),
      tags: [{ key: 'mlflow.project.entryPoint', value: 'train' }],
    })
    await world.tracking.logBatch(prepared?.runId ?? '', {
      metrics: [{ key: 'rmse', value: claimed.number, timestamp: 1, step: claimed.number }],
      params: [{ key: 'seed', value: String(claimed.number) }],
      tags: [{ key: `note-${claimed.number}`, value: 'mine' }],
    })
  }
  const claimOne = async (workflowRunId: string): Promise<ClaimedAttempt> => {
    const [claimed] = await world.claimAll(workflowRunId)
    if (claimed === undefined) throw new Error('Nothing to claim')
    return claimed
  }
  const dataOf = async (runId: string) => {
    const { info, params, metrics, tags } = await world.tracking.getRun(runId)
    return {
      info,
      metrics: metrics.map(({ value }) => value),
      params: Object.fromEntries(params.map(({ key, value }) => [key, value])),
      tags: Object.fromEntries(tags.map(({ key, value }) => [key, value])),
    }
  }

  it('is one step that runs with the parameters and logs to the root run', async () => {
    const { workflowRunId, runId } = await submit()
    const claimed = await claimOne(workflowRunId)
    expect(claimed).toMatchObject({
      target: 'entry_point',
      stepKey: 'train',
      entryPoint: 'train',
      rootRunId: runId,
      parameters: [
        { name: 'alpha', value: '0.5' },
        { name: 'rows', value: '10' },
      ],
    })
    await logAs(claimed)
    await world.engine.finishAttempt(claimed.lease, SUCCEEDED)
    const ended = await world.engine.getWorkflowRun(workflowRunId)
    expect(ended.state).toBe('SUCCEEDED')
    expect(attemptsOf(ended).map((attempt) => attempt.runId)).toEqual([runId])
    const root = await dataOf(runId)
    expect(root.info.status).toBe('FINISHED')
    expect(root.params).toEqual({ alpha: '0.5', rows: '10', seed: '1' })
    expect(root.tags).toMatchObject({ 'mlflow.project.entryPoint': 'train', 'tidemill.attempt': '1' })
  })

  it('gives the root run the data of the winning attempt and sets aside what the others logged', async () => {
    const { workflowRunId, runId } = await submit()
    const before = await dataOf(runId)
    const first = await claimOne(workflowRunId)
    await logAs(first)
    await world.engine.finishAttempt(first.lease, CRASH)
    expect((await dataOf(runId)).info.status).toBe('RUNNING')

    const second = await claimOne(workflowRunId)
    await logAs(second)
    await world.engine.finishAttempt(second.lease, SUCCEEDED)

    const root = await dataOf(runId)
    expect(root.metrics).toEqual([2])
    expect(root.params).toEqual({ alpha: '0.5', rows: '10', seed: '2' })
    expect(Object.keys(root.tags).filter((key) => key.startsWith('note'))).toEqual(['note-2'])
    expect(root.info).toMatchObject({
      status: 'FINISHED',
      artifactUri: `mlflow-artifacts:/${world.experimentId}/${runId}/attempts/2/artifacts`,
    })

    const attempts = attemptsOf(await world.engine.getWorkflowRun(workflowRunId))
    expect(attempts[1]?.runId).toBe(runId)
    const aside = await dataOf(attempts[0]?.runId ?? '')
    expect(aside.metrics).toEqual([1])
    expect(aside.params).toEqual({ seed: '1' })
    expect(aside.tags).toMatchObject({
      'mlflow.parentRunId': runId,
      'note-1': 'mine',
      'tidemill.attempt': '1',
      'tidemill.reason': 'worker stopped',
    })
    expect(aside.info).toMatchObject({
      runName: 'nightly attempt 1',
      status: 'FAILED',
      artifactUri: before.info.artifactUri,
      experimentId: world.experimentId,
    })
    const history = await world.tracking.getMetricHistory(attempts[0]?.runId ?? '', 'rmse', {})
    expect(history.items.map(({ value }) => value)).toEqual([1])
  })

  it('sets nothing aside for an attempt that never came to log', async () => {
    const { workflowRunId, runId } = await submit()
    const before = await dataOf(runId)
    await world.loseWorkerOf(await claimOne(workflowRunId))
    await logAs(await claimOne(workflowRunId))
    expect((await dataOf(runId)).info.artifactUri).toBe(before.info.artifactUri)
    const [lost] = attemptsOf(await world.engine.getWorkflowRun(workflowRunId))
    expect(lost?.runId).toBeUndefined()
  })

  it('lets the engine’s verdict win over the status that the code set', async () => {
    const { workflowRunId, runId } = await submit()
    const claimed = await claimOne(workflowRunId)
    await logAs(claimed)
    await world.tracking.updateRun(runId, { status: 'FINISHED', endTime: 5 })
    await world.engine.finishAttempt(claimed.lease, EXIT_3)
    const root = await dataOf(runId)
    expect(root.info.status).toBe('FAILED')
    expect(root.tags['tidemill.reason']).toBe("step 'train' failed: exit code 3")
  })

  it('starts over with a clean root run when a failed one is retried', async () => {
    const { workflowRunId, runId } = await submit()
    const first = await claimOne(workflowRunId)
    await logAs(first)
    await world.loseWorkerOf(first)
    const second = await claimOne(workflowRunId)
    await logAs(second)
    await world.engine.finishAttempt(second.lease, EXIT_3)
    await world.engine.retryWorkflowRun(workflowRunId)
    const third = await claimOne(workflowRunId)
    await logAs(third)
    await world.engine.finishAttempt(third.lease, SUCCEEDED)
    const ended = await world.engine.getWorkflowRun(workflowRunId)
    expect(stepStates(ended)).toEqual({ train: 'SUCCEEDED' })
    expect((await dataOf(runId)).metrics).toEqual([3])
    const runIds = attemptsOf(ended).map((each) => each.runId ?? '')
    expect(new Set(runIds).size).toBe(3)
    expect(await Promise.all(runIds.map(async (id) => (await dataOf(id)).metrics))).toEqual([[1], [2], [3]])
  })

  it('fails as a whole when its only step does', async () => {
    const { workflowRunId, runId } = await submit()
    const ended = await drive(world, workflowRunId, () => EXIT_3)
    expect(ended).toMatchObject({ state: 'FAILED', reason: "step 'train' failed: exit code 3" })
    expect((await dataOf(runId)).info.status).toBe('FAILED')
  })
})
