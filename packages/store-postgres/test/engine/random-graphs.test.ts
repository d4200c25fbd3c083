import fc from 'fast-check'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AttemptEnd, StepDefinition } from '@tidemill/core'
import { aStep, attemptsOf, cells, drive, openWorld, runAttempt, storeKinds, SUCCEEDED, type World } from './world.ts'

/** Of one workflow run, while its attempts are under way. */
const MAX_CHECKS = 8

const ENDS: readonly (AttemptEnd | 'lose worker')[] = [
  SUCCEEDED,
  { kind: 'failed', code: 'exit_code', reason: 'exit code 1', exitCode: 1 },
  { kind: 'timed_out', code: 'timeout', reason: 'too slow' },
  { kind: 'infra_failed', code: 'docker', reason: 'no engine' },
  { kind: 'rejected', code: 'parameters', reason: 'bad' },
  'lose worker',
]

/** Steps that need only earlier ones, shuffled so that the definition order says nothing about the graph. */
const graphs = fc
  .array(
    fc.record({
      needs: fc.array(fc.nat({ max: 7 }), { maxLength: 3 }),
      cellCount: fc.integer({ min: 1, max: 3 }),
      attempts: fc.integer({ min: 1, max: 3 }),
      delayMs: fc.constantFrom(0, 60_000),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .chain((nodes) =>
    fc.shuffledSubarray(
      nodes.map(({ needs, cellCount, attempts, delayMs }, index) =>
        aStep(`s${index}`, {
          needs: needs.filter((need) => need < index).map((need) => `s${need}`),
          matrix: cellCount === 1 ? [] : cells('x', cellCount),
          retry: { attempts, backoff: 'fixed', delayMs },
        }),
      ),
      { minLength: nodes.length },
    ),
  )

/** Mostly successes, so that the later steps are reached too. */
const ends = fc.infiniteStream(fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(5) }))

describe.each(storeKinds())('random graphs on %s', (kind) => {
  let world: World
  beforeAll(async () => {
    world = await openWorld(kind)
  })
  afterAll(() => world.close())

  it('end in consistent states, with counters that match, whatever happens to their attempts', async () => {
    await fc.assert(
      fc.asyncProperty(graphs, ends, fc.boolean(), async (steps, choices, isCancelled) => {
        const { workflowRunId } = await world.submit(steps)
        const pick = (): AttemptEnd | 'lose worker' => {
          const choice = choices.next()
          return ENDS[choice.done === true ? 0 : choice.value] ?? SUCCEEDED
        }
        if (isCancelled) {
          const claims = await world.claimAll(workflowRunId)
          await world.engine.cancelWorkflowRun(workflowRunId)
          await checkCounters(world, workflowRunId)
          for (const claimed of claims) await runAttempt(world, claimed, pick())
        }
        const checks: Promise<void>[] = []
        const ended = await drive(world, workflowRunId, () => {
          if (checks.length < MAX_CHECKS) checks.push(checkCounters(world, workflowRunId))
          return pick()
        })
        await Promise.all(checks)
        await checkCounters(world, workflowRunId)
        checkEnd(ended.state, ended.steps, steps)
        expect(attemptsOf(ended).every(({ endedAt }) => endedAt !== undefined)).toBe(true)
        if (ended.state === 'SUCCEEDED') return

        await world.engine.retryWorkflowRun(workflowRunId)
        await checkCounters(world, workflowRunId)
        const second = await drive(world, workflowRunId, () => SUCCEEDED)
        expect(second.state).toBe('SUCCEEDED')
        await checkCounters(world, workflowRunId)
      }),
      { numRuns: kind === 'pglite' ? 15 : 40 },
    )
  })
})

const checkEnd = (
  state: string,
  stepRuns: Awaited<ReturnType<World['engine']['getWorkflowRun']>>['steps'],
  definitions: readonly StepDefinition[],
): void => {
  const states = new Map(stepRuns.map((step) => [step.key, step.state]))
  for (const { key, needs } of definitions) {
    const isReached = needs.every((need) => states.get(need) === 'SUCCEEDED')
    if (state !== 'CANCELLED') expect(states.get(key) === 'UPSTREAM_FAILED').toBe(!isReached)
  }
  const all = [...states.values()]
  if (state === 'SUCCEEDED') expect(new Set(all)).toEqual(new Set(['SUCCEEDED']))
  if (state === 'FAILED') expect(all).toContain('FAILED')
  if (state === 'TIMED_OUT') expect(all.filter((each) => each === 'FAILED')).toEqual([])
  for (const step of stepRuns) {
    if (step.state === 'SUCCEEDED') expect(step.cells.every((cell) => cell.state === 'SUCCEEDED')).toBe(true)
  }
}

/** Every counter is what its rows say, and every open cell has exactly the attempt that its state asks for. */
const checkCounters = async (world: World, workflowRunId: string): Promise<void> => {
  const wrong = await sql<{ what: string }>`
    with steps as (
      select step_run.* from step_run join workflow_run on workflow_run.id = step_run.workflow_run_id
      where workflow_run.workflow_run_id = ${workflowRunId}
    )
    select 'open_steps' as what from workflow_run where workflow_run_id = ${workflowRunId}
      and (open_steps <> (select count(*) from steps where open_cells > 0) or (open_steps = 0) <> (ended_at is not null))
    union all
    select 'open_cells of ' || key from steps where open_cells <> (
      select count(*) from step_cell where step_run_id = steps.id
        and state in ('BLOCKED', 'READY', 'RUNNING', 'BACKOFF'))
    union all
    select 'backoff_cells of ' || key from steps where backoff_cells <> (
      select count(*) from step_cell where step_run_id = steps.id and state = 'BACKOFF')
    union all
    select 'pending_needs of ' || key from steps where state = 'BLOCKED' and pending_needs <> (
      select count(*) from step_edge join steps needed on needed.id = step_edge.needs_step_run_id
      where step_edge.step_run_id = steps.id and needed.state <> 'SUCCEEDED')
    union all
    select 'state of ' || key from steps
      where (open_cells > 0) <> (state in ('BLOCKED', 'READY', 'RUNNING', 'BACKOFF'))
        or (open_cells > 0 and (backoff_cells = open_cells) <> (state = 'BACKOFF'))
    union all
    select 'attempt of cell ' || step_cell.id from step_cell join steps on steps.id = step_cell.step_run_id
      where (step_cell.state in ('READY', 'RUNNING')) <> exists (
        select from attempt where attempt.step_cell_id = step_cell.id and attempt.ended_at is null
          and (attempt.state = 'QUEUED') = (step_cell.state = 'READY'))
    union all
    select 'promoted run of cell ' || step_cell.id from step_cell join steps on steps.id = step_cell.step_run_id
      where (step_cell.state = 'SUCCEEDED') <> (step_cell.promoted_run_id is not null)`.execute(world.db)
  expect(wrong.rows.map(({ what }) => what)).toEqual([])
}
