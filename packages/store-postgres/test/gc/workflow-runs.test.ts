import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { collectGarbage } from '../../src/index.ts'
import { aStep, attemptsOf, drive, openWorld, storeKinds, SUCCEEDED, type World } from '../engine/world.ts'

describe.each(storeKinds())('collectGarbage and workflow runs on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  const collect = async (runIds: readonly string[]) => {
    const purged: string[] = []
    const kept: string[] = []
    await collectGarbage(world.database, { runIds }, async () => undefined, {
      purged: (_kind, id) => void purged.push(id),
      kept: (_kind, id, reason) => void kept.push(`${id}: ${reason}`),
    })
    return { purged, kept }
  }

  test('the run of a workflow run that goes on stays until it has ended', async () => {
    const { workflowRunId, runId } = await world.submit([aStep('a')])
    await world.tracking.deleteRun(runId)
    expect(await collect([runId])).toEqual({
      purged: [],
      kept: [`${runId}: it belongs to a workflow run that has not ended`],
    })
    expect((await drive(world, workflowRunId, () => SUCCEEDED)).state).toBe('SUCCEEDED')
    expect((await collect([runId])).purged).toEqual([runId])
    await expect(world.engine.getWorkflowRun(workflowRunId)).rejects.toThrow(workflowRunId)
  })

  test("a step's run goes, and its workflow run still shows its attempts", async () => {
    const { workflowRunId } = await world.submit([aStep('a')])
    const ended = await drive(world, workflowRunId, () => SUCCEEDED)
    const stepRuns = attemptsOf(ended).flatMap(({ runId }) => runId ?? [])
    expect(stepRuns).toHaveLength(1)
    for (const runId of stepRuns) await world.tracking.deleteRun(runId)
    expect((await collect(stepRuns)).purged).toEqual(stepRuns)
    const [attempt, ...others] = attemptsOf(await world.engine.getWorkflowRun(workflowRunId))
    expect(others).toEqual([])
    expect(attempt).toMatchObject({ state: 'SUCCEEDED' })
    expect(attempt?.runId).toBeUndefined()
  })
})
