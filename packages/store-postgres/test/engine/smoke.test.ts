import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql } from 'kysely'
import { aStep, attemptsOf, cells, drive, EXIT_3, openWorld, storeKinds, stepStates, SUCCEEDED, type World } from './world.ts'

describe.each(storeKinds())('smoke on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())
  it('x', async () => {
    console.log((await sql`select pg_postmaster_start_time(), clock_timestamp()`.execute(world.db)).rows)
    const run = await world.submit([aStep('a'), aStep('b', { needs: ['a'], matrix: cells('x', 3) }), aStep('c', { needs: ['b'] })])
    const end = await drive(world, run.workflowRunId, () => SUCCEEDED)
    console.log(JSON.stringify(end, null, 1))
    const run2 = await world.submit([aStep('a'), aStep('b', { needs: ['a'], matrix: cells('x', 3) }), aStep('c', { needs: ['b'] })])
    const end2 = await drive(world, run2.workflowRunId, (a) => a.stepKey === 'b' && a.cellIndex === 1 ? EXIT_3 : SUCCEEDED)
    console.log(end2.reason, stepStates(end2))
    console.log(await world.tracking.getRun(end2.runId))
    console.log(await world.engine.getQueue(), await world.engine.searchWorkflowRuns({maxResults: 1}))
  })
})
